import { decodeUtf8, encodeUtf8, sha256Hex } from '../../../bytes.ts';
import { SignetError } from '../../../errors.ts';
import type { Origin } from '../../../issuance/store.ts';
import type { SearchFilters } from '../../../search/plan.ts';
import type { CertificateState, SearchOrder, SearchPosition } from '../../../search/store.ts';
import { foldName, listWords } from '../../../search/terms.ts';
import { formatIpAddress, parseIpAddress } from '../../../x509/names/ip-address.ts';
import { parseDateTime } from '../common/date-time.ts';

/** The filters as they are in the query; the authority is still its id. */
export interface GivenFilters extends Omit<SearchFilters, 'authority'> {
  readonly authorityId: string | null;
}

export interface Sort {
  readonly order: SearchOrder;
  readonly descending: boolean;
}

const FILTERS = [
  ...['text', 'dns', 'ip', 'email', 'serial', 'publicKeyId', 'fingerprint', 'authority', 'profile'],
  ...['origin', 'account', 'state', 'issuedAfter', 'issuedBefore', 'expiresAfter', 'expiresBefore'],
];
const OTHERS = ['sort', 'limit', 'cursor', 'count'];
const STATES = ['valid', 'expired', 'revoked', 'on-hold'] as const satisfies CertificateState[];
const ORIGINS = ['api', 'openssl-ca', 'cas', 'acme', 'import'] as const satisfies Origin[];
const SORTS: Readonly<Record<string, Sort>> = {
  '-issuedAt': { order: 'issue', descending: true },
  issuedAt: { order: 'issue', descending: false },
  '-notAfter': { order: 'expiry', descending: true },
  notAfter: { order: 'expiry', descending: false },
};
const MAX_CHARACTERS = 254;
const MAX_WORDS = 8;
/** A shorter part of a serial number would be that of too many certificates to be sorted. */
const MIN_SERIAL_DIGITS = 4;

/**
 * Reads the filters of a search from the query.
 * @throws SignetError invalid-parameter
 */
export function readFilters(query: URLSearchParams): GivenFilters {
  checkNames(query);
  const read = <T>(name: string, parse: (text: string, name: string) => T): T | null => {
    const text = query.get(name);
    if (text === null) return null;
    if (text.length <= MAX_CHARACTERS && text !== '') return parse(text, name);
    throw refuse(name, `1 to ${MAX_CHARACTERS} characters long`);
  };
  const dns = read('dns', parseDns);
  const filters: GivenFilters = {
    words: read('text', parseWords) ?? [],
    dnsName: dns?.suffix === false ? dns.name : null,
    dnsSuffix: dns?.suffix === true ? dns.name : null,
    ipAddress: read('ip', parseIp),
    email: read('email', foldName),
    serialPrefix: read('serial', parseSerialPrefix),
    publicKeyIdHex: read('publicKeyId', parseSha256),
    sha256Hex: read('fingerprint', parseSha256),
    authorityId: read('authority', (text) => text),
    profile: read('profile', (text) => text),
    origin: read('origin', (text, name) => parseChoice(text, name, ORIGINS)),
    accountId: read('account', (text) => text),
    state: read('state', (text, name) => parseChoice(text, name, STATES)),
    issuedFromMs: read('issuedAfter', (text, name) => parseDateTime(text, name) * 1000),
    issuedUntilMs: read('issuedBefore', (text, name) => parseDateTime(text, name) * 1000),
    expiresFromSeconds: read('expiresAfter', parseDateTime),
    expiresUntilSeconds: read('expiresBefore', parseDateTime),
  };
  checkRange(filters.issuedFromMs, filters.issuedUntilMs, 'issuedBefore', 'issuedAfter');
  checkRange(
    filters.expiresFromSeconds,
    filters.expiresUntilSeconds,
    'expiresBefore',
    'expiresAfter',
  );
  return filters;
}

/**
 * Expired certificates are found by expiry at once. By time of issue, they come after all others.
 * @throws SignetError invalid-parameter
 */
export function readSort(query: URLSearchParams): Sort {
  const text = query.get('sort') ?? (query.get('state') === 'expired' ? '-notAfter' : '-issuedAt');
  const sort = Object.hasOwn(SORTS, text) ? SORTS[text] : undefined;
  if (sort !== undefined) return sort;
  throw refuse('sort', Object.keys(SORTS).join(', '));
}

/** What a cursor belongs to: the filters and the order of a search. */
export async function identifySearch(filters: GivenFilters, sort: Sort): Promise<string> {
  return (await sha256Hex(encodeUtf8(JSON.stringify([filters, sort])))).slice(0, 16);
}

export function writeCursor(position: SearchPosition, search: string): string {
  const { at, serialHex, authorityId } = position;
  const text = encodeUtf8(JSON.stringify([search, at, serialHex, authorityId]));
  return text.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** @throws SignetError invalid-parameter */
export function readCursor(query: URLSearchParams, search: string): SearchPosition | null {
  const text = query.get('cursor');
  if (text === null) return null;
  const fields = text.length > 400 ? null : decodeCursor(text);
  if (Array.isArray(fields) && fields.length === 4 && fields[0] === search) {
    const [, at, serialHex, authorityId]: unknown[] = fields;
    if (
      Number.isSafeInteger(at) &&
      typeof at === 'number' &&
      typeof serialHex === 'string' &&
      typeof authorityId === 'string'
    ) {
      return { at, serialHex, authorityId };
    }
  }
  throw refuse('cursor', "the 'next' of an earlier page of the same search");
}

function decodeCursor(text: string): unknown {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' });
    return JSON.parse(decodeUtf8(bytes) ?? '');
  } catch {
    return null;
  }
}

function checkNames(query: URLSearchParams): void {
  const known = [...FILTERS, ...OTHERS];
  const names = [...query.keys()];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new SignetError(
      'invalid-parameter',
      `There is no filter '${unknown.slice(0, 40)}'. Use ${known.join(', ')}.`,
      { field: unknown.slice(0, 40) },
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new SignetError('invalid-parameter', `'${twice}' must be there once.`, { field: twice });
}

function checkRange(
  from: number | null,
  until: number | null,
  untilName: string,
  fromName: string,
): void {
  if (from === null || until === null || from < until) return;
  throw refuse(untilName, `later than '${fromName}'`);
}

function parseWords(text: string): string[] {
  const words = [...new Set(listWords(text))];
  if (words.length > 0 && words.length <= MAX_WORDS) return words;
  throw refuse('text', `1 to ${MAX_WORDS} words`);
}

function parseDns(text: string): { readonly name: string; readonly suffix: boolean } {
  const name = foldName(text).replace(/\.$/, '');
  const suffix = name.startsWith('*.');
  const labels = suffix ? name.slice(2) : name;
  if (/^[^\s*]+$/.test(labels)) return { name: labels, suffix };
  throw refuse('dns', 'a DNS name, or *. and a DNS name for all names below it');
}

function parseIp(text: string): string {
  const octets = parseIpAddress(text);
  const canonical = octets === null ? null : formatIpAddress(octets);
  if (canonical !== null) return canonical;
  throw refuse('ip', 'an IPv4 or IPv6 address');
}

function parseSerialPrefix(text: string): string {
  const digits = text.toLowerCase().replaceAll(':', '').replace(/^0+/, '');
  if (/^-?[0-9a-f]{4,40}$/.test(digits)) return digits;
  throw refuse(
    'serial',
    `the first ${MIN_SERIAL_DIGITS} or more hexadecimal digits of a serial number`,
  );
}

function parseSha256(text: string, name: string): string {
  const digits = text.toLowerCase().replaceAll(':', '');
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw refuse(name, 'the 64 hexadecimal digits of a SHA-256 digest');
}

function parseChoice<T extends string>(text: string, name: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw refuse(name, `one of ${choices.join(', ')}`);
}

function refuse(field: string, form: string): SignetError {
  return new SignetError('invalid-parameter', `'${field}' must be ${form}.`, { field });
}
