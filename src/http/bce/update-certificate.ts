import { SignetError } from '../../errors.ts';
import type { AuthorizedCall } from '../call.ts';
import { answerEmpty } from './answer.ts';
import { readCertificateId } from './certificate-id.ts';
import { requireText } from './fields.ts';
import { findQueryField } from './query.ts';
import { readRequest } from './read-request.ts';
import { readUnlessEmpty, readUploadFields } from './upload-fields.ts';

/** PUT /v1/certificate/{id}: the query says by a flag whether it is renamed or replaced. */
export async function updateCertificate(call: AuthorizedCall): Promise<Response> {
  const id = readCertificateId(call);
  const renames = findQueryField(call.request, 'certName') !== null;
  const replaces = findQueryField(call.request, 'certData') !== null;
  if (renames === replaces) {
    throw new SignetError(
      'invalid-parameter',
      'The query must say what is to be done: ?certName renames, ?certData replaces.',
    );
  }
  return renames ? rename(call, id) : replace(call, id);
}

async function rename(call: AuthorizedCall, id: string): Promise<Response> {
  const { fields, manner } = await readRequest(call);
  const name = requireText(fields, 'certName');
  await call.services.inventory.rename(call.principal, id, name, call.context);
  call.note(`renamed ${id}`);
  return answerEmpty(manner);
}

async function replace(call: AuthorizedCall, id: string): Promise<Response> {
  const { fields, manner } = await readRequest(call);
  // The document demands a name; who sends none keeps the one that is there.
  const name = readUnlessEmpty(fields, 'certName');
  const replacement = { name, ...readUploadFields(fields) };
  await call.services.inventory.replace(call.principal, id, replacement, call.context);
  call.note(`replaced ${id}`);
  return answerEmpty(manner);
}
