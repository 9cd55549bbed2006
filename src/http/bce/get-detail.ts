import type { AuthorizedCall } from '../call.ts';
import { answerJson } from './answer.ts';
import { describeInDetail } from './certificate-fields.ts';
import { readCertificateId } from './certificate-id.ts';
import { readManner } from './manner.ts';

/** GET /v1/certificate/{id}/detail, which the document does not have and the Go SDK calls. */
export async function getDetail(call: AuthorizedCall): Promise<Response> {
  const entry = await call.services.inventory.find(call.principal, readCertificateId(call));
  return answerJson(readManner(call), describeInDetail(entry, call.services.clock()));
}
