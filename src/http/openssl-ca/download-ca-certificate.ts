import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import type { Call } from '../call.ts';
import { currentCaCertificatePublication } from '../edge/ca-certificates.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { servePublication } from '../edge/publication.ts';

/** GET /api/ca/cacert: clients load this one file as their only trust anchors. */
export async function downloadCaCertificate(call: Call): Promise<Response> {
  try {
    return await servePublication(
      call.services,
      edgeRequestOf(call),
      currentCaCertificatePublication(call.services, DEFAULT_AUTHORITY_ID, {
        encoding: 'pem',
        contentType: 'application/x-pem-file',
        fileName: 'cacert.pem',
      }),
    );
  } catch (error) {
    if (error instanceof SignetError && error.code === 'authority-unavailable') {
      // Nothing is recorded and nothing can be made: the dialect calls that 404.
      call.reportTrouble(error.cause ?? error);
      throw new SignetError('authority-not-found', 'There is no root certificate here yet.');
    }
    throw error;
  }
}
