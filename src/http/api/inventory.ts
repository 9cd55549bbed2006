import { exactOptional, picklist, strictObject } from 'valibot';
import { readPage } from '../../access/page.ts';
import { encodePem } from '../../asn1/pem.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import type { InventoryEntry } from '../../inventory/store.ts';
import type { AuthorizedCall } from '../call.ts';
import { decodeJsonObject } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import type { InventoryAnswer, InventoryEntryAnswer, NewInventoryEntryAnswer } from './answers.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { describeEntry } from './describe-entry.ts';
import { TEXT } from './field-schemas.ts';
import { parseSerial } from './find-certificate.ts';
import { readFields, readJson } from './read-json.ts';

const LIST = 'inventory';

/** A leaf, a long chain and a large key in PEM are a tenth of it. */
export const MAX_UPLOAD_BYTES = 1024 * 1024;

const UPLOAD_FIELDS = {
  certificate: TEXT,
  privateKey: exactOptional(TEXT),
  chain: exactOptional(TEXT),
  type: exactOptional(picklist(['server', 'client'], 'server or client'), 'server'),
  uploadPublicKey: exactOptional(TEXT),
};

export const UPLOAD_REQUEST = strictObject({ name: TEXT, ...UPLOAD_FIELDS });

export const REPLACEMENT_REQUEST = strictObject({ name: exactOptional(TEXT), ...UPLOAD_FIELDS });

export const ISSUED_REQUEST = strictObject({
  name: TEXT,
  serial: TEXT,
  authority: exactOptional(TEXT, DEFAULT_AUTHORITY_ID),
  privateKey: exactOptional(TEXT),
});

export const RENAME_REQUEST = strictObject({ name: TEXT });

/** POST /api/v1/inventory: an upload, or the serial number of what was issued here. */
export async function addInventoryEntry(call: AuthorizedCall): Promise<Response> {
  const fields = decodeJsonObject(await readBody(call.request, MAX_UPLOAD_BYTES));
  const { id, name } = await (Object.hasOwn(fields, 'serial') ? addIssued : upload)(call, fields);
  call.note(`created ${id}`);
  const answer: NewInventoryEntryAnswer = { id, name };
  return Response.json(answer, { status: 201, headers: { Location: `/api/v1/inventory/${id}` } });
}

function upload(call: AuthorizedCall, fields: object) {
  const { name, ...request } = readFields(UPLOAD_REQUEST, fields);
  const entry = { name, ...toUpload(request) };
  return call.services.inventory.create(call.principal, entry, call.context);
}

function addIssued(call: AuthorizedCall, fields: object) {
  const { name, serial, authority, privateKey = null } = readFields(ISSUED_REQUEST, fields);
  const reference = {
    name,
    authorityId: authority,
    serialHex: parseSerial(serial),
    privateKey,
  };
  return call.services.inventory.addIssued(call.principal, reference, call.context);
}

/** GET /api/v1/inventory */
export async function listInventory(call: AuthorizedCall): Promise<Response> {
  const name = call.url.searchParams.get('name');
  const page = await readPage(
    readPageRequest(call.url, LIST),
    ({ afterId, limit }) =>
      call.services.inventory.list(call.principal, {
        ...(name === null ? {} : { name }),
        ...(afterId === null ? {} : { after: afterId }),
        limit,
      }),
    (entry) => entry.name,
  );
  call.note(`listed ${page.items.length} certificates`);
  const nowMs = call.services.clock();
  const answer: InventoryAnswer = {
    certificates: page.items.map((entry) => describeEntry(entry, nowMs)),
    next: nextCursor(page, LIST),
  };
  return Response.json(answer);
}

/** GET /api/v1/inventory/{id} */
export async function getInventoryEntry(call: AuthorizedCall): Promise<Response> {
  const entry = await call.services.inventory.find(call.principal, readId(call));
  call.note(`found ${entry.id}`);
  const answer: InventoryEntryAnswer = {
    ...describeEntry(entry, call.services.clock()),
    ...encodeCertificates(entry),
  };
  return Response.json(answer);
}

/** PUT /api/v1/inventory/{id}: another certificate in the place of one that has expired. */
export async function replaceInventoryEntry(call: AuthorizedCall): Promise<Response> {
  const body = await readBody(call.request, MAX_UPLOAD_BYTES);
  const { name = null, ...request } = readJson(REPLACEMENT_REQUEST, body);
  const replacement = { name, ...toUpload(request) };
  await call.services.inventory.replace(call.principal, readId(call), replacement, call.context);
  call.note('replaced a certificate');
  return new Response(null, { status: 204 });
}

/** PATCH /api/v1/inventory/{id}: another name. */
export async function renameInventoryEntry(call: AuthorizedCall): Promise<Response> {
  const { name } = readJson(RENAME_REQUEST, await readBody(call.request));
  await call.services.inventory.rename(call.principal, readId(call), name, call.context);
  call.note('renamed a certificate');
  return new Response(null, { status: 204 });
}

/** DELETE /api/v1/inventory/{id}: what is not in use. */
export async function deleteInventoryEntry(call: AuthorizedCall): Promise<Response> {
  await call.services.inventory.remove(call.principal, readId(call), call.context);
  call.note('deleted a certificate');
  return new Response(null, { status: 204 });
}

/** GET /api/v1/inventory/{id}/private-key: as PEM. */
export async function getInventoryPrivateKey(call: AuthorizedCall): Promise<Response> {
  const id = readId(call);
  const { inventory } = call.services;
  const { privateKeyPem } = await inventory.readPrivateKey(call.principal, id, call.context);
  call.note(`read the private key of ${id}`);
  if (privateKeyPem === null) {
    throw new SignetError('not-found', 'This certificate is kept without a private key.');
  }
  return new Response(privateKeyPem, { headers: { 'Content-Type': 'application/x-pem-file' } });
}

function readId(call: AuthorizedCall): string {
  return call.params.id ?? '';
}

interface UploadRequest {
  readonly certificate: string;
  readonly privateKey?: string;
  readonly chain?: string;
  readonly type: 'server' | 'client';
  readonly uploadPublicKey?: string;
}

function toUpload(request: UploadRequest) {
  const { certificate, privateKey = null, chain = null, type, uploadPublicKey = null } = request;
  const isServer = type === 'server';
  return { certificate, privateKey, chain, type: isServer ? 1 : 2, uploadPublicKey } as const;
}

function encodeCertificates({ certificateDer, chainDer }: InventoryEntry) {
  return {
    certificate: encodePem('CERTIFICATE', certificateDer),
    chain: chainDer.map((der) => encodePem('CERTIFICATE', der)),
  };
}
