import type { AuthorizedCall } from '../call.ts';
import { answerJson } from './answer.ts';
import { describeCertificate } from './certificate-fields.ts';
import { readManner } from './manner.ts';
import { findQueryField } from './query.ts';

/** GET /v1/certificate: all, or with ?certName= the one of that name; none is an empty list. */
export async function listCertificates(call: AuthorizedCall): Promise<Response> {
  const name = findQueryField(call.request, 'certName');
  const entries = await call.services.inventory.list(call.principal, name === null ? {} : { name });
  return answerJson(readManner(call), { certs: entries.map(describeCertificate) });
}
