import {
  array,
  boolean,
  description,
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

const text = (what: string) => pipe(string(), description(what));
const texts = (what: string) => pipe(array(string()), description(what));
const textOrNull = (what: string) => pipe(nullable(string()), description(what));

const STATE = pipe(
  picklist(['active', 'disabled', 'revoked', 'pending']),
  description('`pending` waits for its certificate from elsewhere.'),
);

const FIELDS = {
  id: text('What the authority is called, for ever.'),
  generation: text('The key generation that signs; it stands in the URLs that it publishes.'),
  name: text('For people.'),
  state: STATE,
  parent: textOrNull('The generation that issued its certificate; null for roots and elsewhere.'),
  subject: textOrNull('RFC 4514; null while pending.'),
  serial: textOrNull('Of its certificate, lower-case hexadecimal.'),
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
  id: text('In the URLs that it publishes.'),
  current: pipe(boolean(), description('Whether it signs certificates.')),
  state: STATE,
  notAfter: textOrNull('RFC 3339, UTC.'),
  certificate: textOrNull('PEM.'),
  crossCertificates: texts('PEM: what other generations say of its key.'),
  certificateUrl: text('Where its certificate is published.'),
  crlUrl: text('Where its revocation list is published.'),
});

export const AUTHORITY_SUMMARY = object(FIELDS);
export type AuthoritySummaryAnswer = InferOutput<typeof AUTHORITY_SUMMARY>;

export const AUTHORITIES = object({
  authorities: pipe(array(AUTHORITY_SUMMARY), description('By id.')),
  next: textOrNull('The `cursor` of the next page; null on the last one.'),
});
export type AuthoritiesAnswer = InferOutput<typeof AUTHORITIES>;

export const AUTHORITY = object({
  ...FIELDS,
  certificate: textOrNull('PEM; null while pending.'),
  chain: texts('PEM of what is above it, root last.'),
  request: textOrNull('PEM of the certificate request to be signed elsewhere, while pending.'),
  constraints: pipe(
    nullable(
      object({
        pathLength: pipe(nullable(pipe(number(), integer())), description('null for no limit.')),
        permittedNames: NAMES,
        excludedNames: NAMES,
        policies: texts('Dotted OIDs.'),
        extendedKeyUsages: texts('Names or dotted OIDs; empty for no limit.'),
      }),
    ),
    description('What its own certificate limits it to; null while pending.'),
  ),
  profiles: pipe(
    nullable(
      record(
        string(),
        object({
          validityDays: pipe(number(), integer()),
          backdateSeconds: pipe(number(), integer()),
          extendedKeyUsages: array(string()),
        }),
      ),
    ),
    description('Its own profiles by name; null for those of the configuration.'),
  ),
  certificateUrl: text('Where its certificate is published.'),
  crlUrl: text('Where its revocation list is published.'),
  generations: pipe(array(GENERATION), description('Oldest first.')),
});
export type AuthorityAnswer = InferOutput<typeof AUTHORITY>;
