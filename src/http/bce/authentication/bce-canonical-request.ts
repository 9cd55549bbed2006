import { encodeUtf8 } from '../../../bytes.ts';

/** The part of a request that bce-auth-v1 signs. */
export interface BceRequestHead {
  readonly method: string;
  /** Exactly as sent, with its percent-encoding. */
  readonly path: string;
  /** Exactly as sent, without its question mark. */
  readonly query: string;
  readonly headers: Headers;
}

/** Signed with every x-bce-* header if the list of signed headers is empty. */
const DEFAULT_HEADERS = ['host', 'content-length', 'content-type', 'content-md5'];
const DEFAULT_PREFIX = 'x-bce-';

/** Returns the text that is signed: method, path, query and headers, one per line. */
export function canonicalRequest(
  { method, path, query, headers }: BceRequestHead,
  signedHeaders: readonly string[] | null,
): string {
  const names = signedHeaders ?? chooseDefaultHeaders(headers);
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    canonicalHeaders(headers, names),
  ].join('\n');
}

function chooseDefaultHeaders(headers: Headers): readonly string[] {
  return [...headers.keys()].filter(
    (name) => DEFAULT_HEADERS.includes(name) || name.startsWith(DEFAULT_PREFIX),
  );
}

/** Keeps slashes. An encoded slash stays encoded, because it separates nothing. */
export function canonicalPath(path: string): string {
  return path.split('/').map(normalizeEncoding).join('/');
}

/**
 * Encodes every key=value strictly, whatever encoding was sent; a key alone has an empty value. Sorts
 * the whole strings, not the keys.
 */
export function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const key = normalizeEncoding(equals < 0 ? pair : pair.slice(0, equals));
      return `${key}=${equals < 0 ? '' : normalizeEncoding(pair.slice(equals + 1))}`;
    })
    .filter((pair) => !/^authorization=/i.test(pair))
    .sort()
    .join('&');
}

function canonicalHeaders(headers: Headers, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const value = headers.get(name)?.trim() ?? '';
      return value === '' ? [] : `${percentEncode(name)}:${percentEncode(value)}`;
    })
    .sort()
    .join('\n');
}

/** Percent-encodes all but the unreserved characters of RFC 3986 section 2.3. */
function percentEncode(text: string): string {
  return text.replace(/[^A-Za-z0-9._~-]/gu, encodeCharacter);
}

/** The same for text that is percent-encoded already, loosely or in lower case. */
function normalizeEncoding(text: string): string {
  return text.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~-]/gu, (match) => {
    if (match.length !== 3 || !match.startsWith('%')) return encodeCharacter(match);
    const character = String.fromCharCode(Number.parseInt(match.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : match.toUpperCase();
  });
}

function encodeCharacter(character: string): string {
  let text = '';
  for (const byte of encodeUtf8(character)) {
    text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
