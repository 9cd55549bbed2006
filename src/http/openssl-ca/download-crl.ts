import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import type { Call } from '../call.ts';
import { servePublished } from '../edge-cache.ts';
import { crlPublication } from '../publications.ts';

/** GET /api/ca/crl: the complete list, made where there is none. */
export async function downloadCrl(call: Call): Promise<Response> {
  return servePublished(
    call,
    crlPublication(call, DEFAULT_AUTHORITY_ID, {
      encoding: 'pem',
      contentType: 'application/x-pem-file',
      fileName: 'ca_crl.pem',
    }),
  );
}
