import { findEmbeddedIpv4 } from './embedded-ipv4.ts';
import { explainBadALabel } from './idna.ts';
import { parseIpAddress } from './ip-address.ts';

/**
 * The syntax of subject alternative names (RFC 5280 section 4.2.1.6). Each function returns null
 * for a valid name. Otherwise it returns the reason as the end of a sentence that begins with the
 * name.
 */

const MAX_DNS_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;
const MAX_LOCAL_PART_LENGTH = 64;
const MAX_URI_LENGTH = 2048;
const MAX_PORT = 65535;

/**
 * Checks a DNS name: preferred name syntax (RFC 1034 section 3.5, RFC 1123 section 2.1), IDNs as
 * A-labels (RFC 5890 section 2.3.2.1). A wildcard must be the whole left-most label (RFC 9525
 * section 6.3); one label after it is enough, as in *.local.
 */
export function explainBadDnsName(
  name: string,
  { wildcard }: { wildcard: boolean },
): string | null {
  if (name === '') return 'is empty';
  if (name.length > MAX_DNS_LENGTH) return `is longer than ${MAX_DNS_LENGTH} characters`;
  if (name.endsWith('.')) return 'must not end with a dot';
  const labels = name.split('.');
  if (labels[0] === '*') {
    if (!wildcard) return 'must not have a wildcard';
    if (labels.length === 1) return 'must have a domain after its wildcard';
    labels.shift();
  }
  for (const label of labels) {
    const reason = explainBadLabel(label);
    if (reason !== null) return reason;
  }
  // A last label of digits looks like the end of an IPv4 address (RFC 1123 section 2.1).
  return /^\d+$/.test(labels.at(-1) ?? '') ? 'must not end with a label of only digits' : null;
}

function explainBadLabel(label: string): string | null {
  if (label === '') return 'has an empty label';
  if (label.length > MAX_LABEL_LENGTH) {
    return `has a label longer than ${MAX_LABEL_LENGTH} characters`;
  }
  if (label.includes('*')) return 'may have a wildcard only as its whole left-most label';
  if (!/^[A-Za-z0-9-]+$/.test(label)) {
    return 'has a character other than letters, digits and hyphens (write IDNs as A-labels, xn--…)';
  }
  if (label.startsWith('-') || label.endsWith('-')) {
    return 'has a label that begins or ends with a hyphen';
  }
  if (label.slice(2, 4) !== '--') return null;
  if (label.slice(0, 2).toLowerCase() !== 'xn') {
    return 'has a label with hyphens in its third and fourth place that is not an A-label (xn--…)';
  }
  const reason = explainBadALabel(label);
  return reason === null ? null : `has an A-label (xn--…) that is not valid IDNA2008: ${reason}`;
}

const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** Checks an ASCII Mailbox (RFC 5280 section 4.2.1.6). Quoted local parts are refused. */
export function explainBadEmail(address: string): string | null {
  const at = address.lastIndexOf('@');
  if (at < 0) return 'has no @';
  const local = address.slice(0, at);
  if (local.length > MAX_LOCAL_PART_LENGTH) {
    return `has more than ${MAX_LOCAL_PART_LENGTH} characters before its @`;
  }
  if (!DOT_ATOM.test(local))
    return 'has a local part that is not a dot-atom (RFC 5322 section 3.2.3)';
  const reason = explainBadDnsName(address.slice(at + 1), { wildcard: false });
  return reason === null ? null : `has a domain that ${reason}`;
}

const URI_CHARACTERS = /^(?:[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/;

/**
 * Checks a URI (RFC 5280 section 4.2.1.6): it must be absolute. If it has an authority, the host
 * must be a DNS name or an IP address.
 */
export function explainBadUri(uri: string): string | null {
  if (uri.length > MAX_URI_LENGTH) return `is longer than ${MAX_URI_LENGTH} characters`;
  if (!URI_CHARACTERS.test(uri)) return 'has a character that RFC 3986 does not allow unescaped';
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(uri)?.[0];
  if (scheme === undefined) return 'is not absolute: it has no scheme';
  const [specific = '', fragment = ''] = splitOnce(uri.slice(scheme.length), '#');
  if (specific === '') return 'has nothing after its scheme';
  if (fragment.includes('#')) return 'has more than one "#"';
  if (!specific.startsWith('//')) {
    return /[[\]]/.test(specific + fragment) ? 'has a bracket outside its host' : null;
  }
  const authority = /^[^/?]*/.exec(specific.slice(2))?.[0] ?? '';
  if (/[[\]]/.test(specific.slice(2 + authority.length) + fragment)) {
    return 'has a bracket outside its host';
  }
  return explainBadAuthority(authority, scheme.toLowerCase() === 'spiffe:');
}

function explainBadAuthority(authority: string, isSpiffe: boolean): string | null {
  const at = authority.lastIndexOf('@');
  if (/[@[\]]/.test(authority.slice(0, Math.max(at, 0)))) {
    return 'has a character in its user information that RFC 3986 does not allow';
  }
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority.slice(at + 1)) ?? [];
  if (host === '') return 'has no host';
  if (port !== undefined && !/^\d{0,5}$/.test(port)) {
    return 'has a port that is not a number of at most 5 digits';
  }
  if (Number(port ?? 0) > MAX_PORT) return `has a port above ${MAX_PORT}`;
  if (host.startsWith('[')) {
    const octets = parseIpAddress(host.slice(1, -1));
    if (octets?.length !== 16) return 'has a host in brackets that is not an IPv6 address';
    const reason = explainBadIpAddress(octets);
    return reason === null ? null : `has a host that ${reason}`;
  }
  if (parseIpAddress(host) !== null) return null;
  // A trust domain may have underscores (SPIFFE-ID section 2.1).
  const name = isSpiffe ? host.replaceAll('_', 'x') : host;
  const reason = explainBadDnsName(name, { wildcard: false });
  return reason === null ? null : `has a host that ${reason}`;
}

/** Checks an IP address of 4 or 16 octets. */
export function explainBadIpAddress(octets: Uint8Array): string | null {
  const form = findEmbeddedIpv4(octets);
  return form === null
    ? null
    : `is ${form} address, which stands for an IPv4 address: use the IPv4 address instead`;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
