import type { Call } from '../call.ts';
import { servePublished } from '../edge-cache.ts';
import { caCertificatePublication } from '../publications.ts';
import { readAuthorityId } from './read-authority-id.ts';

/** GET /ca/{authority}.crt: what authority information access points to (RFC 5280 section 4.2.2.1). */
export async function downloadCaCertificate(call: Call): Promise<Response> {
  return servePublished(
    call,
    caCertificatePublication(call, readAuthorityId(call), {
      encoding: 'der',
      contentType: 'application/pkix-cert',
      fileName: null,
    }),
  );
}
