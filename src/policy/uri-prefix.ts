import { explainBadUri } from '../x509/names/general-name-forms.ts';

/** The parts of a URI that a prefix is compared with. */
export interface UriPrefix {
  /** Scheme and authority in lower case: `spiffe://example.org`, `https://a.example.com:8443`. */
  readonly origin: string;
  /** Empty, or begins with '/'. */
  readonly path: string;
}

export type ReadUri =
  | { readonly parts: UriPrefix; readonly reason: null }
  /** The reason is the end of a sentence that begins with the URI. */
  | { readonly parts: null; readonly reason: string };

/**
 * Reads what counts of a URI. A URI is refused if programs could read its host or path in different
 * ways: one with user information, percent-encoding or dot segments.
 */
export function readUri(uri: string): ReadUri {
  const bad = explainBadUri(uri);
  if (bad !== null) return refuse(bad);
  const [, scheme = '', authority, path = ''] =
    /^([^:]*:)(?:\/\/([^/?#]*))?([^?#]*)/.exec(uri) ?? [];
  if (authority === undefined) return refuse('has no host, so no prefix can permit it');
  if (authority.includes('@')) return refuse('has user information');
  if (`${authority}${path}`.includes('%'))
    return refuse('has percent-encoding in its host or path');
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
    return refuse("has a path with a '.' or '..' segment");
  }
  return { parts: { origin: `${scheme}//${authority}`.toLowerCase(), path }, reason: null };
}

/** Parses a prefix. Returns null if it is no such URI, or has a query or a fragment. */
export function parseUriPrefix(text: string): UriPrefix | null {
  return /[?#]/.test(text) ? null : readUri(text).parts;
}

export function formatUriPrefix({ origin, path }: UriPrefix): string {
  return `${origin}${path}`;
}

/** Tells whether a URI has the prefix: the same origin, and whole segments of its path. */
export function hasPrefix({ origin, path }: UriPrefix, prefix: UriPrefix): boolean {
  if (origin !== prefix.origin) return false;
  if (path === prefix.path) return true;
  return path.startsWith(prefix.path.endsWith('/') ? prefix.path : `${prefix.path}/`);
}

function refuse(reason: string): ReadUri {
  return { parts: null, reason };
}
