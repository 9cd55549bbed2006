import type { AuthorizedCall } from '../call.ts';
import { answerJson } from './answer.ts';
import { describeCertificate } from './certificate-fields.ts';
import { readCertificateId } from './certificate-id.ts';
import { readManner } from './manner.ts';

/** GET /v1/certificate/{id} */
export async function getCertificate(call: AuthorizedCall): Promise<Response> {
  const entry = await call.services.inventory.find(call.principal, readCertificateId(call));
  return answerJson(readManner(call), describeCertificate(entry));
}
