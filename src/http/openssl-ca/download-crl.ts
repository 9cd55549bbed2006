import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import type { Call } from '../call.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { allCrlsPublication } from '../edge/lists.ts';
import { servePublication } from '../edge/publication.ts';

/** GET /api/ca/crl: the complete list, and behind it those of earlier keys that are still needed. */
export async function downloadCrl(call: Call): Promise<Response> {
  return servePublication(
    call.services,
    edgeRequestOf(call),
    allCrlsPublication(call.services, DEFAULT_AUTHORITY_ID, {
      contentType: 'application/x-pem-file',
      fileName: 'ca_crl.pem',
    }),
  );
}
