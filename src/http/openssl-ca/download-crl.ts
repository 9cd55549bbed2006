import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import type { Call } from '../call.ts';
import { servePublished } from '../edge-cache.ts';
import { allCrlsPublication } from '../list-publications.ts';

/** GET /api/ca/crl: the complete list, and behind it those of earlier keys that are still needed. */
export async function downloadCrl(call: Call): Promise<Response> {
  return servePublished(
    call,
    allCrlsPublication(call, DEFAULT_AUTHORITY_ID, {
      contentType: 'application/x-pem-file',
      fileName: 'ca_crl.pem',
    }),
  );
}
