import {
  array,
  boolean,
  description,
  examples,
  type InferOutput,
  integer,
  isoTimestamp,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  record,
  string,
  union,
  unknown,
} from 'valibot';

/**
 * The JSON of every answer. Handlers take the types alone, which hold them to it; the schemas are for
 * the description of the API, and stay out of the Worker.
 */

const text = (what: string) => pipe(string(), description(what));
const texts = (what: string) => pipe(array(string()), description(what));
const flag = (what: string) => pipe(boolean(), description(what));
const whole = (what: string) => pipe(number(), integer(), description(what));
const TIME = pipe(string(), isoTimestamp());
const moment = (what: string) => pipe(TIME, description(`${what} UTC.`));
const momentOrNull = (what: string) =>
  pipe(nullable(TIME), description(`${what} UTC; null where there is none.`));
const textOrNull = (what: string) => pipe(nullable(string()), description(what));
const wholeOrNull = (what: string) => pipe(nullable(pipe(number(), integer())), description(what));

const NEXT = textOrNull('The `cursor` of the next page; null on the last one.');
const CHAIN = texts('PEM of the authority and what is above it, without the root.');

export const PROBLEM = pipe(
  object({
    type: text('Always `about:blank`: `code` tells the problems apart.'),
    title: text('What went wrong, in general.'),
    status: whole('The HTTP status.'),
    detail: text('What is wrong, and what to do. For people: the words may change.'),
    code: text('For programs: one of the error codes.'),
    field: optional(text('The part of the request that is wrong, where there is one.')),
    requestId: text('Also in the header X-Request-Id, the log and the audit record.'),
  }),
  examples([
    {
      type: 'about:blank',
      title: 'The public key is too weak',
      status: 400,
      detail:
        'The public key is refused: the RSA modulus has 1024 bits: make a key of 2048 to 8192.',
      code: 'weak-key',
      field: 'subjectPublicKeyInfo',
      requestId: '25944a8f-6c0e-4d53-9d7e-6f2f8f1d3c11',
    },
  ]),
);

export const HEALTH = object({
  secrets: flag('The secrets that the Worker needs are set and can be read.'),
  database: flag('D1 answers.'),
  authority: flag('The first authority can sign.'),
});
export type HealthAnswer = InferOutput<typeof HEALTH>;

export const ISSUED_CERTIFICATE = object({
  serial: text('Serial number, lower-case hexadecimal.'),
  authority: text('Id of the authority that signed it.'),
  notAfter: moment('The last second of its validity.'),
  certificate: text('PEM.'),
  chain: CHAIN,
});
export type IssuedCertificateAnswer = InferOutput<typeof ISSUED_CERTIFICATE>;

export const CERTIFICATE = object({
  serial: text('Serial number, lower-case hexadecimal.'),
  authority: text('Id of the authority that signed it.'),
  subject: text('Name of the subject, RFC 4514.'),
  profile: textOrNull('The profile that it was issued under; null where it was imported.'),
  origin: text('By which API it was asked for, or `import`.'),
  account: text('Id of the account that it belongs to.'),
  notBefore: moment('The first second of its validity.'),
  notAfter: moment('The last second of its validity.'),
  issuedAt: moment('When it was recorded.'),
  revocation: pipe(
    nullable(
      object({
        revokedAt: moment('When it was revoked.'),
        reason: text('RFC 5280 section 5.3.1.'),
        invalidityDate: momentOrNull('Since when the key is known or suspected to be unsafe.'),
      }),
    ),
    description('null while it is not revoked.'),
  ),
  certificate: textOrNull(
    'PEM; null where an import brought its entry alone, or where it expired longer than RETENTION_DAYS ago.',
  ),
  chain: CHAIN,
});
export type CertificateAnswer = InferOutput<typeof CERTIFICATE>;

export const REVOKED_CERTIFICATE = object({
  serial: text('Serial number, lower-case hexadecimal.'),
  authority: text('Id of the authority that signed it.'),
  revokedAt: moment('From this moment on every CRL has it.'),
  reason: text('RFC 5280 section 5.3.1.'),
  invalidityDate: momentOrNull('Since when the key is known or suspected to be unsafe.'),
});
export type RevokedCertificateAnswer = InferOutput<typeof REVOKED_CERTIFICATE>;

export const RELEASED_CERTIFICATE = object({
  serial: text('Serial number, lower-case hexadecimal.'),
  authority: text('Id of the authority that signed it.'),
  releasedAt: moment('From this moment on no CRL has it.'),
});
export type ReleasedCertificateAnswer = InferOutput<typeof RELEASED_CERTIFICATE>;

export const REVOKED_MANY = object({
  revoked: whole('Certificates that this call revoked.'),
  remaining: flag('Whether there may be more: then call again, with `next` as `after`.'),
  next: textOrNull('Where the next call goes on; null where nothing remains.'),
});
export type RevokedManyAnswer = InferOutput<typeof REVOKED_MANY>;

export const IMPORTED_COUNTS = object({
  certificates: whole('Certificates that were new here.'),
  revocations: whole('Revocations that were new here.'),
});
export type ImportedCountsAnswer = InferOutput<typeof IMPORTED_COUNTS>;

export const AUDIT_EVENT = object({
  position: whole('Rises by one with each event.'),
  at: moment('When it was done.'),
  account: text('Id of the account that it was done for.'),
  actor: text('Access key id, or name of the shared secret or the job.'),
  action: text('What was done, such as `certificate.issue`.'),
  outcome: text('`done` or `refused`.'),
  authority: textOrNull('Id of the authority that it was done with.'),
  target: textOrNull('What it was done to: a serial number, an id.'),
  detail: pipe(unknown(), description('Further facts, as an object of texts and numbers.')),
  requestId: textOrNull('Id of the request; null for what a job did.'),
  remoteAddress: textOrNull('Address of the client, as Cloudflare saw it.'),
  country: textOrNull('Country of that address.'),
  hash: textOrNull('SHA-256 over this event and the hash before it; null until a job chains it.'),
});
export type AuditEventAnswer = InferOutput<typeof AUDIT_EVENT>;

export const AUDIT_EVENTS = object({
  events: pipe(array(AUDIT_EVENT), description('In order.')),
  next: wholeOrNull('The `after` of the next page; null on the last one.'),
});
export type AuditEventsAnswer = InferOutput<typeof AUDIT_EVENTS>;

export const AUDIT_REPORT = object({
  ok: flag('Nothing is wrong in what was covered.'),
  events: whole('Events that were found right.'),
  sealedThrough: whole('Position of the last event that is chained.'),
  unsealed: whole('Events behind it, which the next run of `seal-audit` chains.'),
  checkpoints: whole('Signed checkpoints that were found right.'),
  firstBadPosition: wholeOrNull('Where the first changed or missing thing is.'),
  verifiedThrough: whole('Where a next call goes on: its `after`.'),
  complete: flag('Whether that is the end of the record.'),
});
export type AuditReportAnswer = InferOutput<typeof AUDIT_REPORT>;

export const JOB_REPORT = object({
  job: text('The name of the job.'),
  report: pipe(
    record(string(), union([string(), number(), boolean()])),
    description('What it did, in numbers and words.'),
  ),
});
export type JobReportAnswer = InferOutput<typeof JOB_REPORT>;

export const ACCOUNT = object({
  id: text('`root`, or `acct-` and 12 of a-z0-9.'),
  name: text('For people.'),
  inventoryQuota: wholeOrNull('Certificates that its inventory may hold; null for the default.'),
  createdAt: moment('When it was made.'),
});
export type AccountAnswer = InferOutput<typeof ACCOUNT>;

export const ACCOUNTS = object({
  accounts: pipe(array(ACCOUNT), description('By id.')),
  next: NEXT,
});
export type AccountsAnswer = InferOutput<typeof ACCOUNTS>;

const ACCESS_KEY_FIELDS = {
  id: text('`ak-` and 20 of A-Za-z0-9.'),
  accountId: text('The account that it acts for.'),
  name: text('For people.'),
  scopes: texts('What it may do.'),
  enabled: flag('Whether it may be used.'),
  expiresAt: momentOrNull('From then on it is refused.'),
  createdAt: moment('When it was made.'),
  lastUsedAt: momentOrNull('Its last use, at most an hour behind.'),
};

export const ACCESS_KEY = object(ACCESS_KEY_FIELDS);
export type AccessKeyAnswer = InferOutput<typeof ACCESS_KEY>;

export const NEW_ACCESS_KEY = object({
  ...ACCESS_KEY_FIELDS,
  secret: text('40 of A-Za-z0-9, shown this once.'),
});
export type NewAccessKeyAnswer = InferOutput<typeof NEW_ACCESS_KEY>;

export const ACCESS_KEYS = object({
  accessKeys: pipe(array(ACCESS_KEY), description('By id.')),
  next: NEXT,
});
export type AccessKeysAnswer = InferOutput<typeof ACCESS_KEYS>;

export const BINDING = object({
  serviceName: text('The kind of service that uses the certificate.'),
  resourceId: text('Which of them.'),
  createdAt: moment('When it was first bound.'),
  updatedAt: moment('When it was last bound.'),
});
export type BindingAnswer = InferOutput<typeof BINDING>;

export const BINDINGS = object({
  bindings: pipe(array(BINDING), description('By service and resource, at most 100.')),
});
export type BindingsAnswer = InferOutput<typeof BINDINGS>;

const INVENTORY_FIELDS = {
  id: text('`cert-` and 12 of a-z0-9.'),
  name: text('One of its own within the account.'),
  type: pipe(picklist(['server', 'client']), description('What it is kept for.')),
  origin: pipe(picklist(['upload', 'issued']), description('Uploaded, or issued here.')),
  commonName: text('Of the subject; empty where it has none.'),
  dnsNames: texts('DNS names and IP addresses of the subject alternative name.'),
  fingerprint: text('SHA-256 of the certificate, lower-case hexadecimal.'),
  notBefore: moment('The first second of its validity.'),
  notAfter: moment('The last second of its validity.'),
  daysLeft: whole('Whole days until it expires; 0 on the last day and afterwards.'),
  expired: flag('Whether its validity is over.'),
  marks: texts(
    'What is weak or odd about it: `weak-key`, `weak-signature`, `weak-chain-signature`, `unverified-signature`, `unknown-critical-extension`.',
  ),
  hasPrivateKey: flag('Whether its private key is kept here.'),
  inUse: flag('Whether it has bindings: then it is neither deleted nor replaced.'),
  bindings: pipe(array(BINDING), description('What uses it.')),
  createdAt: moment('When it was put in.'),
  updatedAt: moment('When it was last replaced or renamed.'),
};

export const INVENTORY_SUMMARY = object(INVENTORY_FIELDS);
export type InventorySummaryAnswer = InferOutput<typeof INVENTORY_SUMMARY>;

export const INVENTORY = object({
  certificates: pipe(array(INVENTORY_SUMMARY), description('By name.')),
  next: NEXT,
});
export type InventoryAnswer = InferOutput<typeof INVENTORY>;

export const INVENTORY_ENTRY = object({
  ...INVENTORY_FIELDS,
  certificate: text('PEM.'),
  chain: texts('PEM of the rest of the chain, issuer first.'),
});
export type InventoryEntryAnswer = InferOutput<typeof INVENTORY_ENTRY>;

export const NEW_INVENTORY_ENTRY = object({
  id: text('`cert-` and 12 of a-z0-9.'),
  name: text('As it was given.'),
});
export type NewInventoryEntryAnswer = InferOutput<typeof NEW_INVENTORY_ENTRY>;

export const EXTERNAL_CA_INSTANCE = object({
  instanceId: text('`cas_deposit-cn-` and 12 of a-z0-9.'),
  accountId: text('The account whose access keys may use it.'),
  authority: text('Id of the authority that signs.'),
  state: pipe(
    picklist(['BUY', 'USED', 'REFUND', 'REVOKE']),
    description('Free, used, given back, or used for a CA that is revoked by now.'),
  ),
  maxValidityDays: whole('The longest validity that it permits.'),
  maxPathLength: whole('How many levels of CAs it permits below the new one.'),
  certificate: pipe(
    nullable(
      object({
        authority: text('The authority that signed it.'),
        serial: text('Serial number, lower-case hexadecimal.'),
        identifier: text('What the dialect calls it.'),
      }),
    ),
    description('What it was used for; null while it is free.'),
  ),
  createdAt: moment('When it was made.'),
  usedAt: momentOrNull('When it was used.'),
});
export type ExternalCaInstanceAnswer = InferOutput<typeof EXTERNAL_CA_INSTANCE>;

export const EXTERNAL_CA_INSTANCES = object({
  instances: pipe(array(EXTERNAL_CA_INSTANCE), description('By id.')),
  next: NEXT,
});
export type ExternalCaInstancesAnswer = InferOutput<typeof EXTERNAL_CA_INSTANCES>;
