import { exactOptional, nullable, strictObject } from 'valibot';
import { type AuthorizedContext, askedBy, note } from '../../context.ts';
import { defineEndpoint, type Endpoint, examplePem, jsonBody, jsonForm } from '../../endpoint.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readJsonBody } from '../common/read-json.ts';
import { answerCreated } from './answers.ts';
import { readAuthority } from './read-authorities.ts';
import {
  KEY_NOTES,
  KEY_SCHEMAS,
  LIMIT_NOTES,
  LIMIT_SCHEMAS,
  PROFILES,
  PROFILES_NOTE,
  readKeyChoice,
  readLimits,
  readProfiles,
  VALIDITY_NOTE,
} from './request-fields.ts';

const PROFILES_SCHEMAS = { profiles: exactOptional(PROFILES, null) };

const NEW_AUTHORITY_REQUEST = strictObject({
  name: TEXT,
  subject: TEXT,
  parent: exactOptional(nullable(TEXT), null),
  validity: exactOptional(TEXT),
  ...PROFILES_SCHEMAS,
  ...KEY_SCHEMAS,
  ...LIMIT_SCHEMAS,
});

const PENDING_AUTHORITY_REQUEST = strictObject({
  name: TEXT,
  subject: TEXT,
  ...PROFILES_SCHEMAS,
  ...KEY_SCHEMAS,
  ...LIMIT_SCHEMAS,
});

const IMPORT_REQUEST = strictObject({
  name: TEXT,
  certificate: TEXT,
  privateKey: exactOptional(TEXT),
  keySource: exactOptional(TEXT),
  ...PROFILES_SCHEMAS,
});

const NAME_NOTES = { name: 'For people.', profiles: PROFILES_NOTE };
const CA_NOTES = {
  ...NAME_NOTES,
  subject: 'Name of the CA, RFC 4514.',
  ...KEY_NOTES,
  ...LIMIT_NOTES,
};

const CREATION_ERRORS = [
  'missing-parameter',
  'invalid-parameter',
  'invalid-name',
  'invalid-subject',
  'weak-key',
  'key-compromised',
  'import-conflict',
  'quota-exceeded',
  'authority-unavailable',
] as const;

const createAuthority = defineEndpoint({
  id: 'createAuthority',
  method: 'POST',
  path: '/api/v1/authorities',
  caller: 'authorities:Manage',
  rootOnly: true,
  idempotent: true,
  tag: 'Authorities',
  summary: 'Create an authority',
  description:
    'A root, or with `parent` an issuing CA below it. A request that the CAs above it do not allow is refused before a key is created.',
  request: jsonBody(
    jsonForm(
      'An authority',
      NEW_AUTHORITY_REQUEST,
      {
        ...CA_NOTES,
        parent: 'Id of the authority above it. `null` or left out: a root.',
        validity: VALIDITY_NOTE,
      },
      {
        name: 'Web servers',
        subject: 'CN=Example Web CA,O=Example',
        parent: 'default',
        keyAlgorithm: 'P-384',
        validity: '5y',
        pathLength: 0,
        permittedNames: { dns: ['example.com'], ip: ['10.0.0.0/8'] },
        extendedKeyUsages: ['serverAuth', 'clientAuth'],
      },
    ),
  ),
  answers: { 201: answerCreated() },
  errors: [
    ...CREATION_ERRORS,
    'authority-not-found',
    'in-use',
    'constraint-violated',
    'policy-violated',
  ],
  handle: async (c) => {
    const request = await readJsonBody(c, NEW_AUTHORITY_REQUEST);
    const { name, subject, parent, validity } = request;
    const { lineageId } = await c.get('services').authorityManager.create(askedBy(c), {
      name,
      subject,
      key: readKeyChoice(request),
      parent: parent === null ? { kind: 'root' } : { kind: 'here', id: parent },
      validity: validity ?? null,
      limits: readLimits(request),
      profiles: readProfiles(request.profiles),
    });
    return sendCreated(c, lineageId, 'created');
  },
});

const requestAuthority = defineEndpoint({
  id: 'requestAuthority',
  method: 'POST',
  path: '/api/v1/authorities/requests',
  caller: 'authorities:Manage',
  rootOnly: true,
  idempotent: true,
  tag: 'Authorities',
  summary: 'Create an authority whose parent is elsewhere',
  description:
    '`request` of the answer is the CSR for the parent. The authority signs nothing until its certificate is uploaded.',
  request: jsonBody(
    jsonForm('An authority', PENDING_AUTHORITY_REQUEST, CA_NOTES, {
      name: 'Web servers',
      subject: 'CN=Example Web CA,O=Example',
    }),
  ),
  answers: {
    201: answerCreated({ state: 'pending', request: examplePem('CERTIFICATE REQUEST') }),
  },
  errors: CREATION_ERRORS,
  handle: async (c) => {
    const request = await readJsonBody(c, PENDING_AUTHORITY_REQUEST);
    const { lineageId } = await c.get('services').authorityManager.create(askedBy(c), {
      name: request.name,
      subject: request.subject,
      key: readKeyChoice(request),
      parent: { kind: 'elsewhere' },
      validity: null,
      limits: readLimits(request),
      profiles: readProfiles(request.profiles),
    });
    return sendCreated(c, lineageId, 'requested');
  },
});

const importAuthority = defineEndpoint({
  id: 'importAuthority',
  method: 'POST',
  path: '/api/v1/authorities/import',
  caller: 'authorities:Manage',
  rootOnly: true,
  idempotent: true,
  tag: 'Authorities',
  summary: 'Import an existing CA',
  request: jsonBody(
    jsonForm(
      'A CA with its key',
      IMPORT_REQUEST,
      {
        ...NAME_NOTES,
        certificate: 'PEM: its certificate, then its chain up to the root.',
        privateKey: 'PEM of PKCS#8, SEC1 or PKCS#1, not encrypted. It is stored sealed.',
        keySource: KEY_NOTES.keySource,
      },
      {
        name: 'Old root',
        certificate: examplePem('CERTIFICATE'),
        privateKey: examplePem('PRIVATE KEY'),
      },
    ),
  ),
  answers: { 201: answerCreated() },
  errors: [...CREATION_ERRORS, 'malformed-certificate', 'malformed-key'],
  handle: async (c) => {
    const request = await readJsonBody(c, IMPORT_REQUEST);
    const { lineageId } = await c.get('services').authorityManager.importCa(askedBy(c), {
      name: request.name,
      chainPem: request.certificate,
      key: readKeyChoice(request),
      profiles: readProfiles(request.profiles),
    });
    return sendCreated(c, lineageId, 'imported');
  },
});

async function sendCreated(c: AuthorizedContext, id: string, done: string): Promise<Response> {
  note(c, `${done} ${id}`);
  return c.json(await readAuthority(c, id), 201, { Location: `/api/v1/authorities/${id}` });
}

export const CREATE_AUTHORITY_ENDPOINTS: readonly Endpoint[] = [
  createAuthority,
  requestAuthority,
  importAuthority,
];
