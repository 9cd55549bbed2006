import { FINAL_REASONS } from '../../../revocation/reasons.ts';
import {
  type Answer,
  examplePem,
  jsonAnswer,
  jsonBody,
  jsonForm,
  PAGE_QUERY,
  type RequestBody,
} from '../../endpoint.ts';
import type { Operation } from '../../operation.ts';
import { AUTHORITIES, AUTHORITY, type AuthorityAnswer } from './answers.ts';
import {
  createAuthority,
  disableAuthority,
  enableAuthority,
  getAuthority,
  importAuthority,
  listAuthorities,
  rekeyAuthority,
  renewAuthority,
  requestAuthority,
  revokeAuthority,
  updateAuthority,
  uploadAuthorityCertificate,
} from './manage.ts';
import {
  AUTHORITY_CERTIFICATE_REQUEST,
  AUTHORITY_IMPORT_REQUEST,
  AUTHORITY_REVOCATION_REQUEST,
  AUTHORITY_UPDATE_REQUEST,
  NEW_AUTHORITY_REQUEST,
  PENDING_AUTHORITY_REQUEST,
  REKEY_REQUEST,
  RENEWAL_REQUEST,
} from './requests.ts';

const PATH = { id: 'Id of the authority.' };

const NAME = 'For people.';
const SUBJECT = 'Name of the CA, RFC 4514.';
const VALIDITY =
  '`5y`, `18m`, `90d`, or a time. Default: 25 years for roots; 5 for others, or until the CA above ends.';
const PROFILES = {
  description:
    'What it issues: profiles by name, as in the variable `PROFILES`. `null`: those of the configuration.',
  type: ['object', 'null'],
};

const KEY_FIELDS = {
  keyAlgorithm: {
    description: 'Of a new key, which is sealed in the database. Default: `P-256`.',
    enum: ['P-256', 'P-384', 'P-521', 'RSA-2048', 'RSA-3072', 'RSA-4096', 'Ed25519'],
  },
  keySource: '`secret:CA_KEY_…`: the secret that has the key in PEM, in place of a new sealed one.',
};

const LIMIT_FIELDS = {
  pathLength: {
    description: 'CAs that may follow below; 0 for one that issues to end entities; `null`: any.',
    minimum: 0,
    maximum: 16,
  },
  permittedNames: 'Domains, networks and mailboxes that it may certify; left out: all.',
  excludedNames: 'Domains, networks and mailboxes that it may not certify.',
  policies: 'Dotted object identifiers.',
  extendedKeyUsages: 'Names or dotted object identifiers; left out: all.',
};

const SUMMARY_EXAMPLE = {
  id: 'ca-x7k2q9m4b1tz',
  generation: 'ca-x7k2q9m4b1tz',
  name: 'Web servers',
  state: 'active' as const,
  parent: 'default',
  subject: 'CN=Example Web CA,O=Example',
  serial: '5b0c7a1f9e2d4c6388a1b3d5f7092e4c',
  notBefore: '2026-11-22T04:31:45Z',
  notAfter: '2031-11-22T04:36:45Z',
  keySource: 'sealed',
  createdAt: '2026-11-22T04:36:45Z',
};

const URLS = {
  certificateUrl: 'http://pki.example.test/ca/ca-x7k2q9m4b1tz.crt',
  crlUrl: 'http://pki.example.test/crl/ca-x7k2q9m4b1tz.crl',
};

const EXAMPLE: AuthorityAnswer = {
  ...SUMMARY_EXAMPLE,
  ...URLS,
  certificate: examplePem('CERTIFICATE'),
  chain: [examplePem('CERTIFICATE')],
  request: null,
  constraints: {
    pathLength: 0,
    permittedNames: { dns: ['example.com'], ip: ['10.0.0.0/8'], email: [] },
    excludedNames: { dns: [], ip: [], email: [] },
    policies: [],
    extendedKeyUsages: ['serverAuth', 'clientAuth'],
  },
  profiles: null,
  generations: [
    {
      ...URLS,
      id: 'ca-x7k2q9m4b1tz',
      current: true,
      state: 'active',
      notAfter: '2031-11-22T04:36:45Z',
      certificate: examplePem('CERTIFICATE'),
      crossCertificates: [],
    },
  ],
};

function answerWith(description: string, changes: Partial<AuthorityAnswer> = {}): Answer {
  return jsonAnswer(description, AUTHORITY, { ...EXAMPLE, ...changes });
}

function answerCreated(changes: Partial<AuthorityAnswer> = {}): Answer {
  return { ...answerWith('The authority.', changes), headers: { Location: 'Its address.' } };
}

const NOW = 'The authority as it is now.';

function optional(body: RequestBody): RequestBody {
  return { ...body, optional: true };
}

const MAKING_ERRORS = [
  'missing-parameter',
  'invalid-parameter',
  'invalid-name',
  'invalid-subject',
  'weak-key',
  'key-compromised',
  'import-conflict',
  'authority-unavailable',
] as const;

const CHANGE_ERRORS = ['authority-not-found', 'in-use'] as const;

const MAKE_OPERATIONS: readonly Operation[] = [
  {
    handle: createAuthority,
    tag: 'Authorities',
    summary: 'Make an authority',
    description:
      'A root, or with `parent` an issuing CA below it. What the CAs above it do not allow is refused before a key is made.',
    request: jsonBody(
      jsonForm(
        'An authority',
        NEW_AUTHORITY_REQUEST,
        {
          name: NAME,
          subject: SUBJECT,
          parent: 'Id of the authority above it; `null` or left out: a root.',
          validity: VALIDITY,
          profiles: PROFILES,
          ...KEY_FIELDS,
          ...LIMIT_FIELDS,
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
    errors: [...MAKING_ERRORS, ...CHANGE_ERRORS, 'constraint-violated'],
  },
  {
    handle: requestAuthority,
    tag: 'Authorities',
    summary: 'Make an authority whose parent is elsewhere',
    description:
      '`request` of the answer is what the parent signs. It signs nothing until its certificate comes.',
    request: jsonBody(
      jsonForm(
        'An authority',
        PENDING_AUTHORITY_REQUEST,
        { name: NAME, subject: SUBJECT, profiles: PROFILES, ...KEY_FIELDS, ...LIMIT_FIELDS },
        { name: 'Web servers', subject: 'CN=Example Web CA,O=Example' },
      ),
    ),
    answers: {
      201: answerCreated({ state: 'pending', request: examplePem('CERTIFICATE REQUEST') }),
    },
    errors: MAKING_ERRORS,
  },
  {
    handle: importAuthority,
    tag: 'Authorities',
    summary: 'Import an existing CA',
    request: jsonBody(
      jsonForm(
        'A CA with its key',
        AUTHORITY_IMPORT_REQUEST,
        {
          name: NAME,
          certificate: 'PEM: its certificate, then its chain up to the root.',
          privateKey: 'PEM of PKCS#8, SEC1 or PKCS#1, not encrypted; it is sealed.',
          keySource: KEY_FIELDS.keySource,
          profiles: PROFILES,
        },
        {
          name: 'Old root',
          certificate: examplePem('CERTIFICATE'),
          privateKey: examplePem('PRIVATE KEY'),
        },
      ),
    ),
    answers: { 201: answerCreated() },
    errors: [...MAKING_ERRORS, 'malformed-certificate', 'malformed-key'],
  },
];

const READ_OPERATIONS: readonly Operation[] = [
  {
    handle: listAuthorities,
    tag: 'Authorities',
    summary: 'List authorities',
    query: PAGE_QUERY,
    answers: {
      200: jsonAnswer('A page.', AUTHORITIES, { authorities: [SUMMARY_EXAMPLE], next: null }),
    },
    errors: ['invalid-parameter'],
  },
  {
    handle: getAuthority,
    tag: 'Authorities',
    summary: 'Read an authority',
    path: PATH,
    answers: { 200: answerWith('The authority with all its generations.') },
    errors: ['authority-not-found'],
  },
];

const CHANGE_OPERATIONS: readonly Operation[] = [
  {
    handle: updateAuthority,
    tag: 'Authorities',
    summary: 'Change what an authority issues',
    path: PATH,
    request: jsonBody(
      jsonForm(
        'Changes',
        AUTHORITY_UPDATE_REQUEST,
        { profiles: PROFILES },
        { profiles: { code: { validityDays: 30, extendedKeyUsages: ['codeSigning'] } } },
      ),
    ),
    answers: { 200: answerWith(NOW) },
    errors: [...CHANGE_ERRORS, 'missing-parameter', 'invalid-parameter'],
  },
  {
    handle: uploadAuthorityCertificate,
    tag: 'Authorities',
    summary: 'Give an authority the certificate that its parent elsewhere made',
    path: PATH,
    request: jsonBody(
      jsonForm(
        'The certificate',
        AUTHORITY_CERTIFICATE_REQUEST,
        { certificate: 'PEM: the certificate, then its chain up to the root.' },
        { certificate: examplePem('CERTIFICATE') },
      ),
    ),
    answers: { 200: answerWith(NOW) },
    errors: [...CHANGE_ERRORS, 'missing-parameter', 'invalid-parameter', 'malformed-certificate'],
  },
  {
    handle: renewAuthority,
    tag: 'Authorities',
    summary: 'Renew the certificate of an authority',
    description: 'With the same key: what it issued stays valid under it.',
    path: PATH,
    request: optional(
      jsonBody(
        jsonForm('For how long', RENEWAL_REQUEST, { validity: VALIDITY }, { validity: '5y' }),
      ),
    ),
    answers: { 200: answerWith(NOW) },
    errors: [...CHANGE_ERRORS, 'invalid-parameter', 'constraint-violated', 'authority-unavailable'],
  },
  {
    handle: rekeyAuthority,
    tag: 'Authorities',
    summary: 'Give an authority a new key',
    description:
      'A new generation signs from now on; the old one signs its own revocation list. The two keys of a root certify each other.',
    path: PATH,
    request: optional(
      jsonBody(
        jsonForm(
          'The new key',
          REKEY_REQUEST,
          { validity: VALIDITY, ...KEY_FIELDS },
          { keyAlgorithm: 'P-384', validity: '25y' },
        ),
      ),
    ),
    answers: { 200: answerWith(NOW) },
    errors: [
      ...CHANGE_ERRORS,
      'invalid-parameter',
      'weak-key',
      'key-compromised',
      'import-conflict',
      'constraint-violated',
      'authority-unavailable',
    ],
  },
  {
    handle: disableAuthority,
    tag: 'Authorities',
    summary: 'Keep an authority from issuing',
    description: 'Its revocation lists go on.',
    path: PATH,
    answers: { 200: answerWith(NOW, { state: 'disabled' }) },
    errors: CHANGE_ERRORS,
  },
  {
    handle: enableAuthority,
    tag: 'Authorities',
    summary: 'Let an authority issue again',
    path: PATH,
    answers: { 200: answerWith(NOW) },
    errors: CHANGE_ERRORS,
  },
  {
    handle: revokeAuthority,
    tag: 'Authorities',
    summary: 'Revoke an authority',
    description: 'For ever, with every generation, in the revocation lists of those above it.',
    path: PATH,
    request: optional(
      jsonBody(
        jsonForm(
          'Why',
          AUTHORITY_REVOCATION_REQUEST,
          {
            reason: {
              description: 'RFC 5280 section 5.3.1.',
              enum: FINAL_REASONS,
            },
          },
          { reason: 'cACompromise' },
        ),
      ),
    ),
    answers: { 200: answerWith(NOW, { state: 'revoked' }) },
    errors: [...CHANGE_ERRORS, 'invalid-parameter', 'already-revoked'],
  },
];

export const AUTHORITY_OPERATIONS: readonly Operation[] = [
  ...MAKE_OPERATIONS,
  ...READ_OPERATIONS,
  ...CHANGE_OPERATIONS,
];
