import { DONE, examplePem, jsonAnswer, jsonBody, jsonForm, PAGE_QUERY } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import { BINDINGS, INVENTORY, INVENTORY_ENTRY, NEW_INVENTORY_ENTRY } from './answers.ts';
import {
  addInventoryEntry,
  deleteInventoryEntry,
  getInventoryEntry,
  getInventoryPrivateKey,
  ISSUED_REQUEST,
  listInventory,
  RENAME_REQUEST,
  REPLACEMENT_REQUEST,
  renameInventoryEntry,
  replaceInventoryEntry,
  UPLOAD_REQUEST,
} from './inventory.ts';
import { BINDING_REQUEST, deleteBinding, listBindings, putBinding } from './inventory-bindings.ts';

const PATH = { id: 'Id of the certificate in the inventory.' };

const NAME =
  'A letter, then letters, digits and `-/._*`: 1 to 65 characters, one of its own within the account.';

const UPLOAD_FIELDS = {
  certificate:
    'PEM, or base64 of DER. The chain may follow in the same field. Valid now; weak ones are kept and marked.',
  privateKey:
    'PEM of PKCS#8, PKCS#1 or SEC1, not encrypted; RSA, EC or Ed25519. It must belong to the certificate. A server certificate needs it.',
  chain: 'The rest of the chain, in any order.',
  type: 'What it is kept for.',
  uploadPublicKey:
    'Your own public key, PEM or base64 of SPKI: RSA of 2048 bits or more, or P-256. The private key is then kept in CMS that only its holder opens.',
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

const BINDING_EXAMPLE = {
  serviceName: 'cdn',
  resourceId: 'www.example.test',
  createdAt: '2026-11-22T04:36:45Z',
  updatedAt: '2026-11-22T04:36:45Z',
};

const SUMMARY_EXAMPLE = {
  id: 'cert-ymt4z0nf6bq1',
  name: 'www',
  type: 'server' as const,
  origin: 'upload' as const,
  commonName: 'www.example.test',
  dnsNames: ['www.example.test', 'example.test'],
  fingerprint: '6f1c0a7e5b9d48e2830f4c6d1b7a92e5c3d08f416a2b7c95e1840d3f6b5a9c27',
  notBefore: '2026-11-01T00:00:00Z',
  notAfter: '2027-01-30T00:00:00Z',
  daysLeft: 68,
  expired: false,
  marks: [],
  hasPrivateKey: true,
  inUse: true,
  bindings: [BINDING_EXAMPLE],
  createdAt: '2026-11-22T04:36:45Z',
  updatedAt: '2026-11-22T04:36:45Z',
};

const BINDING_FIELDS = {
  serviceName: 'The kind of service: 1 to 128 characters that can be shown.',
  resourceId: 'Which of them: 1 to 128 characters that can be shown.',
};

const BINDING_BODY = jsonBody(
  jsonForm('What uses it', BINDING_REQUEST, BINDING_FIELDS, {
    serviceName: 'cdn',
    resourceId: 'www.example.test',
  }),
);

const ENTRY_OPERATIONS: readonly Operation[] = [
  {
    handle: addInventoryEntry,
    tag: 'Inventory',
    summary: 'Put a certificate into the inventory',
    description:
      'Either one of your own, or one that was issued here to the same account, named by its serial number. The private key lies sealed. Bodies of 1 MiB at most.',
    request: jsonBody(
      jsonForm(
        'Upload',
        UPLOAD_REQUEST,
        { name: NAME, ...UPLOAD_FIELDS },
        { name: 'www', ...UPLOAD_EXAMPLE },
      ),
      jsonForm(
        'Issued here',
        ISSUED_REQUEST,
        {
          name: NAME,
          serial: 'Serial number in hexadecimal.',
          authority: 'Id of the authority that issued it.',
          privateKey: 'With it the entry is a server certificate, without it a client certificate.',
        },
        { name: 'www', serial: 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68', authority: 'default' },
      ),
    ),
    answers: {
      201: {
        ...jsonAnswer('Its id.', NEW_INVENTORY_ENTRY, { id: SUMMARY_EXAMPLE.id, name: 'www' }),
        headers: { Location: 'Its address.' },
      },
    },
    errors: [...UPLOAD_ERRORS, 'quota-exceeded', 'certificate-not-found', 'already-revoked'],
  },
  {
    handle: listInventory,
    tag: 'Inventory',
    summary: 'List the inventory',
    description: 'The certificates of the own account, by name.',
    query: {
      name: { description: 'The one of exactly this name.', type: 'string' },
      ...PAGE_QUERY,
    },
    answers: {
      200: jsonAnswer('A page.', INVENTORY, { certificates: [SUMMARY_EXAMPLE], next: null }),
    },
    errors: ['invalid-parameter'],
  },
  {
    handle: getInventoryEntry,
    tag: 'Inventory',
    summary: 'Read a certificate of the inventory',
    path: PATH,
    answers: {
      200: jsonAnswer('The certificate, without its private key.', INVENTORY_ENTRY, {
        ...SUMMARY_EXAMPLE,
        certificate: examplePem('CERTIFICATE'),
        chain: [examplePem('CERTIFICATE')],
      }),
    },
    errors: ['inventory-not-found'],
  },
  {
    handle: replaceInventoryEntry,
    tag: 'Inventory',
    summary: 'Replace an expired certificate',
    description:
      'Only one that has expired and is not in use; id and bindings stay. Name and upload public key stay where they are left out.',
    path: PATH,
    request: jsonBody(
      jsonForm(
        'The new certificate',
        REPLACEMENT_REQUEST,
        { name: NAME, ...UPLOAD_FIELDS },
        UPLOAD_EXAMPLE,
      ),
    ),
    answers: { 204: DONE },
    errors: [...UPLOAD_ERRORS, 'inventory-not-found', 'in-use', 'not-replaceable'],
  },
  {
    handle: renameInventoryEntry,
    tag: 'Inventory',
    summary: 'Rename a certificate',
    path: PATH,
    request: jsonBody(
      jsonForm('The new name', RENAME_REQUEST, { name: NAME }, { name: 'www-2027' }),
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
  },
  {
    handle: deleteInventoryEntry,
    tag: 'Inventory',
    summary: 'Delete a certificate from the inventory',
    description: 'With its private key; only one that is not in use.',
    path: PATH,
    answers: { 204: DONE },
    errors: ['inventory-not-found', 'in-use'],
  },
  {
    handle: getInventoryPrivateKey,
    tag: 'Inventory',
    summary: 'Read a private key',
    description:
      'As it was uploaded, in PEM. Where an upload public key was given: `CMS`, which `openssl cms -decrypt -inform PEM -inkey …` opens. Each reading is on the audit record first.',
    path: PATH,
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
  },
];

const BINDING_OPERATIONS: readonly Operation[] = [
  {
    handle: listBindings,
    tag: 'Inventory',
    summary: 'List what uses a certificate',
    path: PATH,
    answers: { 200: jsonAnswer('All of it.', BINDINGS, { bindings: [BINDING_EXAMPLE] }) },
    errors: ['inventory-not-found'],
  },
  {
    handle: putBinding,
    tag: 'Inventory',
    summary: 'Bind a certificate to what uses it',
    description: 'Again for what is bound already: that is brought up to date. At most 100.',
    path: PATH,
    request: BINDING_BODY,
    answers: { 204: DONE },
    errors: ['missing-parameter', 'invalid-parameter', 'inventory-not-found', 'quota-exceeded'],
  },
  {
    handle: deleteBinding,
    tag: 'Inventory',
    summary: 'Unbind a certificate',
    path: PATH,
    request: BINDING_BODY,
    answers: { 204: DONE },
    errors: ['missing-parameter', 'invalid-parameter', 'inventory-not-found', 'not-found'],
  },
];

export const INVENTORY_OPERATIONS: readonly Operation[] = [
  ...ENTRY_OPERATIONS,
  ...BINDING_OPERATIONS,
];
