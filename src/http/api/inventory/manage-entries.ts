import { strictObject } from 'valibot';
import { readPage } from '../../../access/page.ts';
import { encodePem } from '../../../asn1/pem.ts';
import { SignetError } from '../../../errors.ts';
import { note } from '../../context.ts';
import {
  DONE,
  defineEndpoint,
  type Endpoint,
  examplePem,
  jsonAnswer,
  jsonBody,
  jsonForm,
  PAGE_QUERY,
} from '../../endpoint.ts';
import { TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readJsonBody } from '../common/read-json.ts';
import {
  describeSummary,
  ENTRY,
  ENTRY_PARAMS,
  type EntryAnswer,
  INVENTORY,
  type InventoryAnswer,
  SUMMARY_EXAMPLE,
} from './answers.ts';
import { NAME_NOTE, replaceInventoryEntry } from './uploads.ts';

const LIST = 'inventory';

const RENAME_REQUEST = strictObject({ name: TEXT });

const listInventory = defineEndpoint({
  id: 'listInventory',
  method: 'GET',
  path: '/api/v1/inventory',
  caller: 'inventory:Read',
  tag: 'Inventory',
  summary: 'List the inventory',
  description: 'The certificates of the own account, sorted by name.',
  query: {
    name: { description: 'Only the certificate with exactly this name.', type: 'string' },
    fingerprint: {
      description:
        'Only the certificate with this SHA-256, in hexadecimal. Not together with `name`.',
      type: 'string',
    },
    ...PAGE_QUERY,
  },
  answers: {
    200: jsonAnswer('A page.', INVENTORY, { certificates: [SUMMARY_EXAMPLE], next: null }),
  },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const { inventory, clock } = c.get('services');
    const url = c.get('url');
    const name = url.searchParams.get('name');
    const fingerprintHex = readFingerprint(url.searchParams.get('fingerprint'), name);
    const page = await readPage(
      readPageRequest(url, LIST),
      ({ afterId, limit }) =>
        inventory.list(c.get('principal'), {
          ...(name === null ? {} : { name }),
          ...(fingerprintHex === null ? {} : { fingerprintHex }),
          ...(afterId === null ? {} : { after: afterId }),
          limit,
        }),
      (entry) => entry.name,
    );
    note(c, `listed ${page.items.length} certificates`);
    const nowMs = clock();
    const answer: InventoryAnswer = {
      certificates: page.items.map((entry) => describeSummary(entry, nowMs)),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

/** @throws SignetError invalid-parameter */
function readFingerprint(text: string | null, name: string | null): string | null {
  if (text === null) return null;
  const hex = text.replaceAll(':', '').toLowerCase();
  if (name === null && /^[0-9a-f]{64}$/.test(hex)) return hex;
  const reason =
    name === null ? 'must be the SHA-256 of a certificate in hexadecimal' : "excludes 'name'";
  throw new SignetError('invalid-parameter', `'fingerprint' ${reason}.`, { field: 'fingerprint' });
}

const getInventoryEntry = defineEndpoint({
  id: 'getInventoryEntry',
  method: 'GET',
  path: '/api/v1/inventory/:id',
  caller: 'inventory:Read',
  tag: 'Inventory',
  summary: 'Read a certificate of the inventory',
  params: ENTRY_PARAMS,
  answers: {
    200: jsonAnswer('The certificate, without its private key.', ENTRY, {
      ...SUMMARY_EXAMPLE,
      certificate: examplePem('CERTIFICATE'),
      chain: [examplePem('CERTIFICATE')],
    }),
  },
  errors: ['inventory-not-found'],
  handle: async (c) => {
    const { inventory, clock } = c.get('services');
    const entry = await inventory.find(c.get('principal'), c.req.param('id'));
    note(c, `found ${entry.id}`);
    const answer: EntryAnswer = {
      ...describeSummary(entry, clock()),
      certificate: encodePem('CERTIFICATE', entry.certificateDer),
      chain: entry.chainDer.map((der) => encodePem('CERTIFICATE', der)),
    };
    return c.json(answer);
  },
});

const renameInventoryEntry = defineEndpoint({
  id: 'renameInventoryEntry',
  method: 'PATCH',
  path: '/api/v1/inventory/:id',
  caller: 'inventory:Write',
  tag: 'Inventory',
  summary: 'Rename a certificate',
  params: ENTRY_PARAMS,
  request: jsonBody(
    jsonForm('The new name', RENAME_REQUEST, { name: NAME_NOTE }, { name: 'www-2027' }),
  ),
  answers: { 204: DONE },
  errors: [
    'missing-parameter',
    'invalid-parameter',
    'invalid-name',
    'name-taken',
    'name-unchanged',
    'inventory-not-found',
  ],
  handle: async (c) => {
    const { name } = await readJsonBody(c, RENAME_REQUEST);
    const { inventory } = c.get('services');
    await inventory.rename(c.get('principal'), c.req.param('id'), name, c.get('requestContext'));
    note(c, 'renamed a certificate');
    return c.body(null, 204);
  },
});

const deleteInventoryEntry = defineEndpoint({
  id: 'deleteInventoryEntry',
  method: 'DELETE',
  path: '/api/v1/inventory/:id',
  caller: 'inventory:Delete',
  tag: 'Inventory',
  summary: 'Delete a certificate from the inventory',
  description: 'Also deletes its private key. A certificate that is in use cannot be deleted.',
  params: ENTRY_PARAMS,
  answers: { 204: DONE },
  errors: ['inventory-not-found', 'in-use'],
  handle: async (c) => {
    const { inventory } = c.get('services');
    await inventory.remove(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'deleted a certificate');
    return c.body(null, 204);
  },
});

const getInventoryPrivateKey = defineEndpoint({
  id: 'getInventoryPrivateKey',
  method: 'GET',
  path: '/api/v1/inventory/:id/private-key',
  caller: 'inventory:ReadPrivateKey',
  tag: 'Inventory',
  summary: 'Read a private key',
  description:
    'Returns the key as it was uploaded, in PEM. If an upload public key was given, returns `CMS`, which `openssl cms -decrypt -inform PEM -inkey …` opens. Each read is recorded in the audit record first.',
  params: ENTRY_PARAMS,
  answers: {
    200: {
      description: 'The private key.',
      content: {
        'application/x-pem-file': {
          schema: { type: 'string' },
          example: examplePem('PRIVATE KEY'),
        },
      },
    },
  },
  errors: ['inventory-not-found', 'not-found'],
  handle: async (c) => {
    const id = c.req.param('id');
    const { inventory } = c.get('services');
    const { privateKeyPem } = await inventory.readPrivateKey(
      c.get('principal'),
      id,
      c.get('requestContext'),
    );
    note(c, `read the private key of ${id}`);
    if (privateKeyPem === null) {
      throw new SignetError('not-found', 'This certificate is stored without a private key.');
    }
    return c.body(privateKeyPem, 200, { 'Content-Type': 'application/x-pem-file' });
  },
});

export const ENTRY_ENDPOINTS: readonly Endpoint[] = [
  listInventory,
  getInventoryEntry,
  replaceInventoryEntry,
  renameInventoryEntry,
  deleteInventoryEntry,
  getInventoryPrivateKey,
];
