import type { AuthorizedCall } from '../call.ts';
import { answerEmpty } from './answer.ts';
import { readCertificateId } from './certificate-id.ts';
import { readManner } from './manner.ts';

/** DELETE /v1/certificate/{id} */
export async function deleteCertificate(call: AuthorizedCall): Promise<Response> {
  const id = readCertificateId(call);
  await call.services.inventory.remove(call.principal, id, call.context);
  call.note(`deleted ${id}`);
  return answerEmpty(readManner(call));
}
