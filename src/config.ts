import { BUILT_IN_PROFILES, type Profile, parseProfiles } from './issuance/profiles.ts';
import type { Database } from './store/database.ts';

/** The environment that the platform passes to the Worker: secrets, variables and the database. */
export type Env = { readonly DB: Database } & Settings;

/** Secrets and variables by name. */
export interface Settings {
  readonly [name: string]: unknown;
}

export interface ConfigProblem {
  /** The secret or variable. */
  readonly name: string;
  readonly message: string;
}

/** All settings, checked and frozen. It contains secrets: never log it. */
export interface Config {
  /** PEM; null if the secret is not set. */
  readonly caKeyPem: string | null;
  readonly caCertificatePem: string | null;
  /** PEM of further CA keys by the name of their secret, CA_KEY_…. */
  readonly caKeyPems: ReadonlyMap<string, string>;
  /** 32 ASCII characters. Without it, the openssl-ca dialect neither signs nor revokes. */
  readonly openSslCaSecret: string | null;
  /** The policy that bounds the openssl-ca dialect; null for none. */
  readonly openSslCaPolicyId: string | null;
  readonly rootAccessKey: { readonly id: string; readonly secret: string } | null;
  /** 32 bytes each, by version. The highest version seals. */
  readonly sealingKeys: ReadonlyMap<number, Uint8Array>;
  /** Origin without a trailing slash, over plain HTTP: certificates point to it (RFC 5280 section 8). */
  readonly publicationUrl: string;
  /** Origin of the API without a trailing slash. */
  readonly publicUrl: string;
  /** A name in the string form of RFC 4514. */
  readonly caSubject: string;
  readonly caValidityDays: number;
  /**
   * Days before expiry at which certificates, those of the inventory and CAs are announced, in descending
   * order.
   */
  readonly expiringDays: readonly number[];
  /** How many requests to webhooks one run of the job may make. */
  readonly webhookAttempts: number;
  readonly edgeTtlSeconds: number;
  readonly crlLifetimeSeconds: number;
  readonly crlRenewBeforeSeconds: number;
  /** Time from thisUpdate to nextUpdate of OCSP responses. */
  readonly ocspLifetimeSeconds: number;
  /** How long the record of a certificate stays complete after its expiry: the OCSP archive cutoff. */
  readonly retentionSeconds: number;
  readonly allowHttpApi: boolean;
  /** Number of certificates that an account without its own quota may keep in the inventory. */
  readonly inventoryQuota: number;
  /** Number of authorities that an account without its own quota may own. `root` is not bound by it. */
  readonly authorityQuota: number;
  /** Spelling of field names in bce answers if the request does not show which spelling it uses. */
  readonly bceFieldCase: 'camel' | 'lower';
  readonly profiles: ReadonlyMap<string, Profile>;
  /** The resolver for DNS over HTTPS (RFC 8484). */
  readonly dohUrl: string;
  /** The ports that challenges are validated on. */
  readonly acmeHttpPort: number;
  readonly acmeTlsPort: number;
  /** Whether outgoing connections may go to private and other special-purpose addresses. */
  readonly allowPrivateAddresses: boolean;
  /** The issuer-domain-names that mean this CA in CAA records. Empty: CAA is not checked. */
  readonly acmeCaaIdentities: readonly string[];
  /** CAA is not checked for these DNS names and the names below them. */
  readonly acmeNoCaaSuffixes: readonly string[];
  readonly acmeTermsOfService: string | null;
  readonly acmeWebsite: string | null;
  /** Invalid settings. As long as there are any, nothing is signed. */
  readonly problems: readonly ConfigProblem[];
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Reads and checks `env`. Never throws: it lists invalid settings in `problems`. */
export function readConfig(env: Settings): Config {
  const problems: ConfigProblem[] = [];
  const attempt = <T>(name: string, fallback: T, read: (text: string) => T): T => {
    const value = env[name];
    if (value === undefined || value === '') return fallback;
    try {
      if (typeof value !== 'string') throw new Error('must be text');
      return read(value);
    } catch (error) {
      problems.push({ name, message: error instanceof Error ? error.message : 'is not valid' });
      return fallback;
    }
  };
  const crlLifetimeSeconds = attempt(
    'CRL_LIFETIME_HOURS',
    7 * DAY_SECONDS,
    (text) => readNumber(text, 1, 24 * 366) * HOUR_SECONDS,
  );
  return Object.freeze({
    caKeyPem: attempt('CA_KEY', null, (text) => text),
    caCertificatePem: attempt('CA_CERT', null, (text) => text),
    caKeyPems: readCaKeys(env, attempt),
    openSslCaSecret: attempt('OPENSSL_CA_SECRET', null, readOpenSslCaSecret),
    openSslCaPolicyId: attempt<string | null>('OPENSSL_CA_POLICY', null, readPolicyId),
    rootAccessKey: readRootAccessKey(attempt, problems),
    sealingKeys: readSealingKeys(env, attempt),
    publicationUrl: attempt('PUBLICATION_URL', 'http://127.0.0.1:8787', (text) =>
      readOrigin(text, ['http:']),
    ),
    publicUrl: attempt('PUBLIC_URL', 'http://127.0.0.1:8787', (text) =>
      readOrigin(text, ['https:', 'http:']),
    ),
    caSubject: attempt('CA_SUBJECT', 'CN=Signet Root CA', (text) => text),
    caValidityDays: attempt('CA_VALIDITY_DAYS', 9131, (text) => readNumber(text, 1, 36525)),
    expiringDays: attempt('EXPIRING_DAYS', [30, 14, 7, 1], readDays),
    webhookAttempts: attempt('WEBHOOK_ATTEMPTS', 30, (text) => readNumber(text, 1, 1000)),
    edgeTtlSeconds: attempt('EDGE_TTL_SECONDS', 60, (text) => readNumber(text, 0, DAY_SECONDS)),
    crlLifetimeSeconds,
    crlRenewBeforeSeconds: Math.floor(crlLifetimeSeconds / 7),
    ocspLifetimeSeconds: attempt('OCSP_LIFETIME_SECONDS', 4 * HOUR_SECONDS, (text) =>
      readNumber(text, 60, 30 * DAY_SECONDS),
    ),
    retentionSeconds: attempt(
      'RETENTION_DAYS',
      3650 * DAY_SECONDS,
      (text) => readNumber(text, 1, 36525) * DAY_SECONDS,
    ),
    allowHttpApi: attempt('ALLOW_HTTP_API', false, readFlag),
    inventoryQuota: attempt('INVENTORY_QUOTA', 200, (text) => readNumber(text, 0, 1_000_000)),
    authorityQuota: attempt('AUTHORITY_QUOTA', 10, (text) => readNumber(text, 0, 10_000)),
    bceFieldCase: attempt('BCE_FIELD_CASE', 'camel', readFieldCase),
    profiles: attempt('PROFILES', BUILT_IN_PROFILES, readProfiles),
    dohUrl: attempt('DOH_URL', 'https://cloudflare-dns.com/dns-query', readUrl),
    acmeHttpPort: attempt('ACME_HTTP_PORT', 80, readPort),
    acmeTlsPort: attempt('ACME_TLS_PORT', 443, readPort),
    allowPrivateAddresses: attempt('ALLOW_PRIVATE_ADDRESSES', false, readFlag),
    acmeCaaIdentities: attempt('ACME_CAA_IDENTITIES', [], readDnsNames),
    acmeNoCaaSuffixes: attempt('ACME_NO_CAA_SUFFIXES', [], readDnsNames),
    acmeTermsOfService: attempt<string | null>('ACME_TERMS_OF_SERVICE', null, readUrl),
    acmeWebsite: attempt<string | null>('ACME_WEBSITE', null, readUrl),
    problems,
  });
}

type Attempt = <T>(name: string, fallback: T, read: (text: string) => T) => T;

function readOpenSslCaSecret(text: string): string {
  if (!/^[\x21-\x7e]{32}$/.test(text))
    throw new Error('must be exactly 32 printable ASCII characters');
  return text;
}

function readDays(text: string): readonly number[] {
  const days = text.split(',').map((each) => readNumber(each.trim(), 1, 3650));
  if (days.length > 8) throw new Error('must have at most 8 numbers');
  return [...new Set(days)].toSorted((a, b) => b - a);
}

function readPolicyId(text: string): string {
  if (!/^pol-[a-z0-9]{12}$/.test(text)) throw new Error('must be the id of a policy, pol-…');
  return text;
}

function readRootAccessKey(attempt: Attempt, problems: ConfigProblem[]): Config['rootAccessKey'] {
  const id = attempt('ROOT_ACCESS_KEY_ID', null, (text) => {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(text))
      throw new Error('must be 1 to 64 characters of A-Z a-z 0-9 . _ -');
    return text;
  });
  const secret = attempt('ROOT_ACCESS_KEY_SECRET', null, (text) => {
    if (text.length < 16) throw new Error('must have at least 16 characters');
    return text;
  });
  if (
    (id === null) !== (secret === null) &&
    problems.every(({ name }) => !name.startsWith('ROOT_'))
  ) {
    problems.push({
      name: id === null ? 'ROOT_ACCESS_KEY_ID' : 'ROOT_ACCESS_KEY_SECRET',
      message: 'is missing: set both the id and the secret of the root access key',
    });
  }
  return id === null || secret === null ? null : Object.freeze({ id, secret });
}

function readCaKeys(env: Settings, attempt: Attempt): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const name of Object.keys(env)) {
    if (!/^CA_KEY_[A-Z0-9_]{1,40}$/.test(name)) continue;
    const pem = attempt<string | null>(name, null, (text) => text);
    if (pem !== null) keys.set(name, pem);
  }
  return keys;
}

/** Reads the sealing keys: SEALING_KEY is version 1, SEALING_KEY_V2 is version 2 and so on. */
function readSealingKeys(env: Settings, attempt: Attempt): ReadonlyMap<number, Uint8Array> {
  const keys = new Map<number, Uint8Array>();
  for (const name of Object.keys(env)) {
    const match = /^SEALING_KEY(?:_V(\d{1,4}))?$/.exec(name);
    if (match === null) continue;
    const key = attempt<Uint8Array | null>(name, null, (text) => {
      const bytes = attemptTo(() => Uint8Array.fromBase64(text.trim()));
      if (bytes?.length !== 32) throw new Error('must be 32 bytes in base64');
      return bytes;
    });
    if (key !== null) keys.set(Number(match[1] ?? 1), key);
  }
  return keys;
}

function readOrigin(text: string, protocols: readonly string[]): string {
  const url = attemptTo(() => new URL(text));
  if (url === null || !protocols.includes(url.protocol)) {
    throw new Error(
      `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new Error('must be an origin: only scheme, host and port');
  }
  return url.origin;
}

/** Returns the URL as it is written, because clients show it. */
function readUrl(text: string): string {
  const url = attemptTo(() => new URL(text));
  if (url === null || !['https:', 'http:'].includes(url.protocol) || url.username !== '') {
    throw new Error('must be a URL that starts with https:// or http://');
  }
  return text;
}

function readPort(text: string): number {
  return readNumber(text, 1, 65535);
}

/** Reads DNS names between commas or spaces. A leading or trailing dot of a name is dropped. */
function readDnsNames(text: string): readonly string[] {
  const names = text
    .toLowerCase()
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\.|\.$/g, ''))
    .filter((name) => name !== '');
  const wrong = names.find((name) => !DNS_NAME.test(name) || name.length > 253);
  if (wrong !== undefined) throw new Error('must be DNS names, separated by commas');
  return names;
}

const DNS_NAME =
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

function readNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Error(`must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function readFlag(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new Error('must be true or false');
}

function readFieldCase(text: string): 'camel' | 'lower' {
  if (text === 'camel' || text === 'lower') return text;
  throw new Error('must be camel or lower');
}

/** Reads a JSON object of profiles by name. They add to the built-in profiles or replace them. */
function readProfiles(text: string): ReadonlyMap<string, Profile> {
  const raw = attemptTo((): unknown => JSON.parse(text));
  return new Map([...BUILT_IN_PROFILES, ...parseProfiles(raw)]);
}

/** Hides the platform's errors: they quote the input, which may be a secret. */
function attemptTo<T>(run: () => T): T | null {
  try {
    return run();
  } catch {
    return null;
  }
}
