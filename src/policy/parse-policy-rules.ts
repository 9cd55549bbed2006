import { SignetError } from '../errors.ts';
import { explainBadDnsName, explainBadIpAddress } from '../x509/names/general-name-forms.ts';
import { findAttributeTypeByName } from '../x509/names/name-attributes.ts';
import { formatIpRange, parseIpRange } from './ip-range.ts';
import type { AcmeProof, CertificateKind, DnsRule, IpRule, PolicyRules } from './policy.ts';
import { formatUriPrefix, parseUriPrefix } from './uri-prefix.ts';

/** Limits of ours: every certificate is compared with every entry. */
const MAX_ENTRIES = 500;
const MAX_TEXT_CHARACTERS = 2048;
const MAX_VALIDITY_SECONDS = 100 * 366 * 86_400;
const MAX_CERTIFICATES = 10_000;
const MAX_JSON_CHARACTERS = 64 * 1024;

/**
 * Parses the rules of a policy and fills in the defaults, which permit no name at all. Names get the
 * form in which they are compared.
 * @param raw a JSON value
 * @throws SignetError invalid-parameter that names the field
 */
export function parsePolicyRules(raw: unknown): PolicyRules {
  const fields = readObject('rules', raw, [
    'authorities',
    'profiles',
    'issues',
    'dnsNames',
    'ipRanges',
    'emailDomains',
    'uriPrefixes',
    'subject',
    'maxValiditySeconds',
    'maxValidCertificates',
  ]);
  const { authorities = 'any', profiles = 'any', issues = ['leaf'], subject = {} } = fields;
  const { dnsNames = [], ipRanges = [], emailDomains = [], uriPrefixes = [] } = fields;
  const { maxValiditySeconds = null, maxValidCertificates = null } = fields;
  const rules: PolicyRules = {
    authorities: readAnyOr('rules.authorities', authorities, readId),
    profiles: readAnyOr('rules.profiles', profiles, readId),
    issues: readList('rules.issues', issues, readKind),
    dnsNames: readAnyOr('rules.dnsNames', dnsNames, readDnsRule),
    ipRanges: readAnyOr('rules.ipRanges', ipRanges, readIpRule),
    emailDomains: readAnyOr('rules.emailDomains', emailDomains, readEmailDomain),
    uriPrefixes: readAnyOr('rules.uriPrefixes', uriPrefixes, readUriPrefix),
    subject: subject === 'any' ? 'any' : readSubject(subject),
    maxValiditySeconds: readLimit(
      'rules.maxValiditySeconds',
      maxValiditySeconds,
      1,
      MAX_VALIDITY_SECONDS,
    ),
    maxValidCertificates: readLimit(
      'rules.maxValidCertificates',
      maxValidCertificates,
      0,
      MAX_CERTIFICATES,
    ),
  };
  if (JSON.stringify(rules).length <= MAX_JSON_CHARACTERS) return rules;
  throw refuse('rules', `must be at most ${MAX_JSON_CHARACTERS / 1024} KiB of JSON`);
}

type Read<T> = (field: string, value: unknown) => T;

function readAnyOr<T>(field: string, value: unknown, read: Read<T>): 'any' | readonly T[] {
  if (value === 'any') return 'any';
  if (!Array.isArray(value)) throw refuse(field, "must be a list or 'any'");
  return readList(field, value, read);
}

function readList<T>(field: string, value: unknown, read: Read<T>): readonly T[] {
  if (!Array.isArray(value)) throw refuse(field, 'must be a list');
  if (value.length > MAX_ENTRIES) throw refuse(field, `must have at most ${MAX_ENTRIES} entries`);
  return value.map((entry, i) => read(`${field}[${i}]`, entry));
}

function readObject(
  field: string,
  value: unknown,
  known: readonly string[] | null,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse(field, 'must be an object');
  }
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const unknown = Object.keys(fields).find((name) => known?.includes(name) === false);
  if (unknown === undefined) return fields;
  throw refuse(
    field,
    `has an unknown field '${unknown.slice(0, 40)}'. The fields are ${known?.join(', ')}`,
  );
}

function readText(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS) {
    return value;
  }
  throw refuse(field, `must be a text of 1 to ${MAX_TEXT_CHARACTERS} characters`);
}

function readChoice<const T extends string>(
  field: string,
  value: unknown,
  choices: readonly T[],
): T {
  const choice = choices.find((each) => each === value);
  if (choice !== undefined) return choice;
  throw refuse(field, `must be one of ${choices.map((each) => `'${each}'`).join(', ')}`);
}

function readId(field: string, value: unknown): string {
  const id = readText(field, value);
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw refuse(field, 'must be 1 to 64 of A-Z a-z 0-9 _ -');
}

function readKind(field: string, value: unknown): CertificateKind {
  return readChoice(field, value, ['leaf', 'ca']);
}

function readAcme(field: string, value: unknown): AcmeProof {
  return readChoice(field, value, ['prove', 'pre-authorized']);
}

function readDnsRule(field: string, value: unknown): DnsRule {
  const fields = readObject(field, value, ['name', 'match', 'wildcards', 'acme']);
  const { wildcards = false, acme = 'prove' } = fields;
  const name = readDomain(`${field}.name`, fields.name);
  const match = readChoice(`${field}.match`, fields.match, ['exact', 'one-label', 'any-depth']);
  if (typeof wildcards !== 'boolean') throw refuse(`${field}.wildcards`, 'must be true or false');
  if (wildcards && match === 'exact') {
    throw refuse(
      `${field}.wildcards`,
      "needs the match 'one-label' or 'any-depth': a wildcard stands for names below the name",
    );
  }
  return { name, match, wildcards, acme: readAcme(`${field}.acme`, acme) };
}

function readDomain(field: string, value: unknown): string {
  const name = readText(field, value).toLowerCase();
  const reason = explainBadDnsName(name, { wildcard: false });
  if (reason !== null) throw refuse(field, `is not a DNS name: it ${reason}`);
  return name;
}

function readIpRule(field: string, value: unknown): IpRule {
  const fields = readObject(field, value, ['range', 'acme']);
  const range = parseIpRange(readText(`${field}.range`, fields.range));
  if (range === null) {
    throw refuse(
      `${field}.range`,
      'must be a range such as 10.0.0.0/8 or 2001:db8::/32, without bits after its prefix',
    );
  }
  const reason = range.prefixLength < 96 ? null : explainBadIpAddress(range.address);
  if (reason !== null) throw refuse(`${field}.range`, reason);
  return { range: formatIpRange(range), acme: readAcme(`${field}.acme`, fields.acme ?? 'prove') };
}

function readEmailDomain(field: string, value: unknown): string {
  const text = readText(field, value);
  return text.startsWith('.') ? `.${readDomain(field, text.slice(1))}` : readDomain(field, text);
}

function readUriPrefix(field: string, value: unknown): string {
  const prefix = parseUriPrefix(readText(field, value));
  if (prefix !== null) return formatUriPrefix(prefix);
  throw refuse(
    field,
    'must have a scheme and a host, such as spiffe://example.org/ns/prod, and no user information, query, fragment, percent-encoding or dot segments',
  );
}

function readSubject(value: unknown): Exclude<PolicyRules['subject'], 'any'> {
  const entries = Object.entries(readObject('rules.subject', value, null));
  const subject = new Map<string, 'any' | readonly string[]>();
  for (const [given, values] of entries) {
    const type = findAttributeTypeByName(given);
    if (type === null) {
      throw refuse('rules.subject', `has an unknown attribute '${given.slice(0, 40)}'`);
    }
    if (type.name === 'emailAddress') {
      throw refuse('rules.subject', 'must not have emailAddress: rules.emailDomains judges it');
    }
    if (subject.has(type.name)) throw refuse('rules.subject', `has ${type.name} twice`);
    subject.set(type.name, readAnyOr(`rules.subject.${type.name}`, values, readText));
  }
  return Object.fromEntries(subject);
}

function readLimit(field: string, value: unknown, least: number, most: number): number | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw refuse(field, `must be a whole number from ${least} to ${most}, or null for no limit`);
}

function refuse(field: string, reason: string): SignetError {
  return new SignetError('invalid-parameter', `'${field}' ${reason}.`, { field });
}
