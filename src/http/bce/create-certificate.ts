import type { AuthorizedCall } from '../call.ts';
import { answerJson } from './answer.ts';
import { requireText } from './fields.ts';
import { readRequest } from './read-request.ts';
import { readUploadFields } from './upload-fields.ts';

/** POST /v1/certificate */
export async function createCertificate(call: AuthorizedCall): Promise<Response> {
  const { fields, manner } = await readRequest(call);
  const upload = { name: requireText(fields, 'certName'), ...readUploadFields(fields) };
  const { id, name } = await call.services.inventory.create(call.principal, upload, call.context);
  call.note(`created ${id}`);
  return answerJson(manner, { certId: id, certName: name });
}
