import type { Call } from '../call.ts';
import { servePublished } from '../edge-cache.ts';
import { crlPublication } from '../publications.ts';
import { readAuthorityId } from './read-authority-id.ts';

/** GET /crl/{authority}.crl: what CRL distribution points name (RFC 5280 section 4.2.1.13). */
export async function downloadCrl(call: Call): Promise<Response> {
  return servePublished(
    call,
    crlPublication(call, readAuthorityId(call), {
      encoding: 'der',
      contentType: 'application/pkix-crl',
      fileName: null,
    }),
  );
}
