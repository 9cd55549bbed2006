import type { AuthorizedCall } from '../call.ts';
import { answerJson } from './answer.ts';
import { describeRawData } from './certificate-fields.ts';
import { readCertificateId } from './certificate-id.ts';
import { readManner } from './manner.ts';

/** GET /v1/certificate/{id}/rawdata: with the private key, and recorded. */
export async function getRawData(call: AuthorizedCall): Promise<Response> {
  const id = readCertificateId(call);
  const { entry, privateKeyPem } = await call.services.inventory.readPrivateKey(
    call.principal,
    id,
    call.context,
  );
  call.note(`gave out the private key of ${id}`);
  return answerJson(readManner(call), describeRawData(entry, privateKeyPem));
}
