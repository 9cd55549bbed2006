import { SignetError } from '../../errors.ts';
import { type AuthorizedContext, note } from '../context.ts';
import { answerEmpty, answerJson, readManner } from './answer.ts';
import { describeCertificate, describeInDetail, describeRawData } from './certificate-fields.ts';
import { requireText } from './fields.ts';
import { findQueryField } from './query.ts';
import { readRequest, readUnlessEmpty, readUploadFields } from './read-request.ts';

const CERTIFICATE_ID = /^cert-[a-z0-9]{12}$/;

/** POST /v1/certificate */
export async function createCertificate(c: AuthorizedContext): Promise<Response> {
  const { fields, manner } = await readRequest(c);
  const upload = { name: requireText(fields, 'certName'), ...readUploadFields(fields) };
  const { principal, request, inventory } = openInventory(c);
  const { id, name } = await inventory.create(principal, upload, request);
  note(c, `created ${id}`);
  return answerJson(manner, { certId: id, certName: name });
}

/** GET /v1/certificate: all, or with ?certName= the one of that name; the list may be empty. */
export async function listCertificates(c: AuthorizedContext): Promise<Response> {
  const name = findQueryField(c.req.raw, 'certName');
  const { principal, inventory } = openInventory(c);
  const entries = await inventory.list(principal, name === null ? {} : { name });
  return answerJson(readManner(c), { certs: entries.map(describeCertificate) });
}

/** GET /v1/certificate/detail */
export async function listDetails(c: AuthorizedContext): Promise<Response> {
  const { principal, inventory } = openInventory(c);
  const entries = await inventory.list(principal, {});
  const nowMs = c.get('services').clock();
  return answerJson(readManner(c), {
    certs: entries.map((entry) => describeInDetail(entry, nowMs)),
  });
}

/** GET /v1/certificate/{id} */
export async function getCertificate(c: AuthorizedContext): Promise<Response> {
  const { principal, inventory } = openInventory(c);
  const entry = await inventory.find(principal, readId(c));
  return answerJson(readManner(c), describeCertificate(entry));
}

/** GET /v1/certificate/{id}/detail: the vendor's document lacks it, and its Go SDK calls it. */
export async function getDetail(c: AuthorizedContext): Promise<Response> {
  const { principal, inventory } = openInventory(c);
  const entry = await inventory.find(principal, readId(c));
  return answerJson(readManner(c), describeInDetail(entry, c.get('services').clock()));
}

/** GET /v1/certificate/{id}/rawData: with the private key; the audit record tells of it. */
export async function getRawData(c: AuthorizedContext): Promise<Response> {
  const id = readId(c);
  const { principal, request, inventory } = openInventory(c);
  const { entry, privateKeyPem } = await inventory.readPrivateKey(principal, id, request);
  note(c, `gave out the private key of ${id}`);
  return answerJson(readManner(c), describeRawData(entry, privateKeyPem));
}

/** PUT /v1/certificate/{id}: a flag in the query says whether to rename or to replace. */
export async function updateCertificate(c: AuthorizedContext): Promise<Response> {
  const id = readId(c);
  const renames = findQueryField(c.req.raw, 'certName') !== null;
  const replaces = findQueryField(c.req.raw, 'certData') !== null;
  if (renames === replaces) {
    throw new SignetError(
      'invalid-parameter',
      'The query must be ?certName to rename or ?certData to replace.',
    );
  }
  return renames ? rename(c, id) : replace(c, id);
}

async function rename(c: AuthorizedContext, id: string): Promise<Response> {
  const { fields, manner } = await readRequest(c);
  const { principal, request, inventory } = openInventory(c);
  await inventory.rename(principal, id, requireText(fields, 'certName'), request);
  note(c, `renamed ${id}`);
  return answerEmpty(manner);
}

async function replace(c: AuthorizedContext, id: string): Promise<Response> {
  const { fields, manner } = await readRequest(c);
  // The vendor's document requires a name. Without one, the present name stays.
  const name = readUnlessEmpty(fields, 'certName');
  const { principal, request, inventory } = openInventory(c);
  await inventory.replace(principal, id, { name, ...readUploadFields(fields) }, request);
  note(c, `replaced ${id}`);
  return answerEmpty(manner);
}

/** DELETE /v1/certificate/{id} */
export async function deleteCertificate(c: AuthorizedContext): Promise<Response> {
  const id = readId(c);
  const { principal, request, inventory } = openInventory(c);
  await inventory.remove(principal, id, request);
  note(c, `deleted ${id}`);
  return answerEmpty(readManner(c));
}

function openInventory(c: AuthorizedContext) {
  const { inventory } = c.get('services');
  return { inventory, principal: c.get('principal'), request: c.get('requestContext') };
}

/** The id in the address. @throws SignetError inventory-not-found if it cannot be one */
function readId(c: AuthorizedContext): string {
  const id = c.req.param('id') ?? '';
  if (CERTIFICATE_ID.test(id)) return id;
  throw new SignetError('inventory-not-found', 'There is no certificate with this id.');
}
