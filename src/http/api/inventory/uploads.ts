import { exactOptional, picklist, strictObject } from 'valibot';
import { DEFAULT_AUTHORITY_ID } from '../../../authorities/default-authority.ts';
import { type AuthorizedContext, note } from '../../context.ts';
import {
  CREATED_HEADERS,
  DONE,
  defineEndpoint,
  type Endpoint,
  examplePem,
  jsonAnswer,
  jsonBody,
  jsonForm,
} from '../../endpoint.ts';
import { decodeJsonObject } from '../../json.ts';
import { readRequestBody } from '../../middleware/read-body.ts';
import { SERIAL_PARAMS } from '../certificates/answers.ts';
import { parseSerial } from '../certificates/find-certificate.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readFields, readJsonBody } from '../common/read-json.ts';
import { ENTRY_PARAMS, NEW_ENTRY, type NewEntryAnswer, SUMMARY_EXAMPLE } from './answers.ts';

/** About ten times the size of a leaf, a long chain and a large key in PEM. */
const MAX_UPLOAD_BYTES = 1024 * 1024;

const UPLOAD_SCHEMAS = {
  certificate: TEXT,
  privateKey: exactOptional(TEXT),
  chain: exactOptional(TEXT),
  type: exactOptional(picklist(['server', 'client'], 'server or client'), 'server'),
  uploadPublicKey: exactOptional(TEXT),
};

const UPLOAD_REQUEST = strictObject({ name: TEXT, ...UPLOAD_SCHEMAS });

const REPLACEMENT_REQUEST = strictObject({ name: exactOptional(TEXT), ...UPLOAD_SCHEMAS });

const ISSUED_REQUEST = strictObject({
  name: TEXT,
  serial: TEXT,
  authority: exactOptional(TEXT, DEFAULT_AUTHORITY_ID),
  privateKey: exactOptional(TEXT),
});

export const NAME_NOTE =
  'A letter, then letters, digits and `-/._*`: 1 to 65 characters, unique within the account.';

const UPLOAD_NOTES = {
  name: NAME_NOTE,
  certificate:
    'PEM, or base64 of DER. The chain may follow in the same field. It must be valid now. A weak certificate is accepted and marked.',
  privateKey:
    'PEM of PKCS#8, PKCS#1 or SEC1, not encrypted; RSA, EC or Ed25519. It must belong to the certificate. Required for a server certificate.',
  chain: 'The rest of the chain, in any order.',
  type: 'What it is kept for.',
  uploadPublicKey:
    'Your own public key, PEM or base64 of SPKI: RSA of at least 2048 bits, or P-256. The private key is then stored in CMS that only the holder of your private key can open.',
};

const UPLOAD_EXAMPLE = {
  certificate: examplePem('CERTIFICATE'),
  privateKey: examplePem('PRIVATE KEY'),
};

const UPLOAD_ERRORS = [
  'missing-parameter',
  'invalid-parameter',
  'invalid-name',
  'malformed-certificate',
  'malformed-chain',
  'malformed-key',
  'key-mismatch',
  'not-valid-now',
  'name-taken',
] as const;

const addInventoryEntry = defineEndpoint({
  id: 'addInventoryEntry',
  method: 'POST',
  path: '/api/v1/inventory',
  caller: 'inventory:Write',
  idempotent: true,
  maxBodyBytes: MAX_UPLOAD_BYTES,
  tag: 'Inventory',
  summary: 'Add a certificate to the inventory',
  description:
    'Either an upload, or a certificate that was issued here to the same account, named by its serial number. The private key is stored sealed. At most 1 MiB.',
  request: jsonBody(
    jsonForm('Upload', UPLOAD_REQUEST, UPLOAD_NOTES, { name: 'www', ...UPLOAD_EXAMPLE }),
    jsonForm(
      'Issued here',
      ISSUED_REQUEST,
      {
        name: NAME_NOTE,
        serial: SERIAL_PARAMS.serial,
        authority: 'Id of the authority that issued it.',
        privateKey: 'With it, the entry is a server certificate. Without it, a client certificate.',
      },
      { name: 'www', serial: 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68', authority: 'default' },
    ),
  ),
  answers: {
    201: {
      ...jsonAnswer('The new entry.', NEW_ENTRY, { id: SUMMARY_EXAMPLE.id, name: 'www' }),
      headers: CREATED_HEADERS,
    },
  },
  errors: [...UPLOAD_ERRORS, 'quota-exceeded', 'certificate-not-found', 'already-revoked'],
  handle: async (c) => {
    const fields = decodeJsonObject(await readRequestBody(c));
    const { id, name } = await (Object.hasOwn(fields, 'serial') ? addIssued : upload)(c, fields);
    note(c, `created ${id}`);
    const answer: NewEntryAnswer = { id, name };
    return c.json(answer, 201, { Location: `/api/v1/inventory/${id}` });
  },
});

function upload(c: AuthorizedContext, fields: object) {
  const { name, ...request } = readFields(UPLOAD_REQUEST, fields);
  const entry = { name, ...toUpload(request) };
  return c.get('services').inventory.create(c.get('principal'), entry, c.get('requestContext'));
}

function addIssued(c: AuthorizedContext, fields: object) {
  const { name, serial, authority, privateKey = null } = readFields(ISSUED_REQUEST, fields);
  const reference = {
    name,
    authorityId: authority,
    serialHex: parseSerial(serial),
    privateKey,
  };
  const { inventory } = c.get('services');
  return inventory.addIssued(c.get('principal'), reference, c.get('requestContext'));
}

export const replaceInventoryEntry = defineEndpoint({
  id: 'replaceInventoryEntry',
  method: 'PUT',
  path: '/api/v1/inventory/:id',
  caller: 'inventory:Write',
  maxBodyBytes: MAX_UPLOAD_BYTES,
  tag: 'Inventory',
  summary: 'Replace an expired certificate',
  description:
    'Only a certificate that has expired and is not in use. Its id does not change. Name and upload public key do not change if they are left out.',
  params: ENTRY_PARAMS,
  request: jsonBody(
    jsonForm('The new certificate', REPLACEMENT_REQUEST, UPLOAD_NOTES, UPLOAD_EXAMPLE),
  ),
  answers: { 204: DONE },
  errors: [...UPLOAD_ERRORS, 'inventory-not-found', 'in-use', 'not-replaceable'],
  handle: async (c) => {
    const { name = null, ...request } = await readJsonBody(c, REPLACEMENT_REQUEST);
    const replacement = { name, ...toUpload(request) };
    await c
      .get('services')
      .inventory.replace(
        c.get('principal'),
        c.req.param('id'),
        replacement,
        c.get('requestContext'),
      );
    note(c, 'replaced a certificate');
    return c.body(null, 204);
  },
});

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

export const UPLOAD_ENDPOINTS: readonly Endpoint[] = [addInventoryEntry];
