import {
  array,
  boolean,
  description,
  exactOptional,
  type InferOutput,
  integer,
  nullable,
  number,
  object,
  picklist,
  pipe,
  record,
  string,
} from 'valibot';
import { type Answer, CREATED_HEADERS, examplePem, jsonAnswer } from '../../endpoint.ts';
import { DECODED_CERTIFICATE } from '../certificates/decoded-answer.ts';
import { describeSerial, named, text, textOrNull, texts } from '../common/answer-fields.ts';

const STATE = pipe(
  picklist(['active', 'disabled', 'revoked', 'pending']),
  description('`pending`: it waits for a certificate that is issued elsewhere.'),
);

const ANSWER_FIELDS = {
  id: text('Id of the authority. It never changes.'),
  generation: text('Id of the key generation that signs, as in the URLs that it publishes.'),
  name: text('For people.'),
  state: STATE,
  parent: textOrNull(
    'Id of the generation that issued its certificate; null for a root and if it was issued elsewhere.',
  ),
  subject: textOrNull('RFC 4514; null while pending.'),
  serial: textOrNull(describeSerial(' of its certificate')),
  notBefore: textOrNull('RFC 3339, UTC.'),
  notAfter: textOrNull('RFC 3339, UTC.'),
  keySource: text('`sealed`, or `secret:` and the name of the secret.'),
  createdAt: text('RFC 3339, UTC.'),
};

const NAMES = object({
  dns: texts('Domains.'),
  ip: texts('Networks.'),
  email: texts('Mailboxes or domains.'),
});

const GENERATION = object({
  id: text('Id of the generation, as in the URLs that it publishes.'),
  current: pipe(boolean(), description('Whether it signs certificates.')),
  state: STATE,
  notAfter: textOrNull('RFC 3339, UTC.'),
  certificate: textOrNull('PEM.'),
  crossCertificates: texts('PEM: certificates of its key by other generations.'),
  certificateUrl: text('URL of its certificate.'),
  crlUrl: text('URL of its CRL.'),
});

const AUTHORITY_SUMMARY = named('AuthoritySummary', ANSWER_FIELDS);
export type AuthoritySummaryAnswer = InferOutput<typeof AUTHORITY_SUMMARY>;

export const AUTHORITIES = named('Authorities', {
  authorities: pipe(array(AUTHORITY_SUMMARY), description('Sorted by id.')),
  next: textOrNull('The `cursor` of the next page; null on the last page.'),
});
export type AuthoritiesAnswer = InferOutput<typeof AUTHORITIES>;

const AUTHORITY = named('Authority', {
  ...ANSWER_FIELDS,
  certificate: textOrNull('PEM; null while pending.'),
  decoded: pipe(
    nullable(DECODED_CERTIFICATE),
    description('Everything that its certificate says; null while pending.'),
  ),
  chain: texts('PEM of the CAs above it, root last.'),
  request: textOrNull('PEM of the CSR for the parent elsewhere, while pending.'),
  constraints: pipe(
    nullable(
      object({
        pathLength: pipe(nullable(pipe(number(), integer())), description('null: no limit.')),
        permittedNames: NAMES,
        excludedNames: NAMES,
        policies: texts('Dotted OIDs.'),
        extendedKeyUsages: texts('Names or dotted OIDs; empty: no limit.'),
      }),
    ),
    description('The constraints in its own certificate; null while pending.'),
  ),
  profiles: pipe(
    nullable(
      record(
        string(),
        object({
          validityDays: exactOptional(pipe(number(), integer())),
          validityHours: exactOptional(pipe(number(), integer())),
          backdateSeconds: pipe(number(), integer()),
          noRevAvail: exactOptional(boolean()),
          extendedKeyUsages: array(string()),
        }),
      ),
    ),
    description('Its own profiles by name; null if it uses those of the configuration.'),
  ),
  policyId: textOrNull('Id of the policy that bounds everything it signs; null for none.'),
  acme: pipe(
    object({ externalAccountRequired: boolean() }),
    description('How it serves ACME: whether accounts need an external account binding.'),
  ),
  certificateUrl: text('URL of its certificate.'),
  crlUrl: text('URL of its CRL.'),
  generations: pipe(array(GENERATION), description('Oldest first.')),
});
export type AuthorityAnswer = InferOutput<typeof AUTHORITY>;

export const AUTHORITY_PARAMS = { id: 'Id of the authority.' };

export const SUMMARY_EXAMPLE: AuthoritySummaryAnswer = {
  id: 'ca-x7k2q9m4b1tz',
  generation: 'ca-x7k2q9m4b1tz',
  name: 'Web servers',
  state: 'active',
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
  decoded: null,
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
  policyId: null,
  acme: { externalAccountRequired: true },
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

/** Describes an answer that is the authority. */
export function answerAuthority(
  what: string,
  exampleChanges: Partial<AuthorityAnswer> = {},
): Answer {
  return jsonAnswer(what, AUTHORITY, { ...EXAMPLE, ...exampleChanges });
}

export function answerCreated(exampleChanges: Partial<AuthorityAnswer> = {}): Answer {
  return { ...answerAuthority('The authority.', exampleChanges), headers: CREATED_HEADERS };
}
