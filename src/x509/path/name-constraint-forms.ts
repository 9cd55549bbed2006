import { SignetError } from '../../errors.ts';
import { explainBadDnsName, explainBadEmail } from '../names/general-name-forms.ts';
import { parseIpAddress } from '../names/ip-address.ts';

/** The base of a GeneralSubtree (RFC 5280 section 4.2.1.10). */
export type Subtree =
  | { readonly kind: 'dns' | 'email' | 'uri'; readonly value: string }
  /** Both 4 or both 16 octets. */
  | { readonly kind: 'ip'; readonly address: Uint8Array; readonly mask: Uint8Array }
  | { readonly kind: 'directory'; readonly nameDer: Uint8Array }
  /** A kind of name that Signet does not certify. `tag` is its GeneralName tag. */
  | { readonly kind: 'unsupported'; readonly tag: number; readonly baseDer: Uint8Array };

export type TextSubtreeKind = 'dns' | 'email' | 'uri';

/**
 * Returns null for a valid base. Otherwise it returns the reason as the end of a sentence that
 * begins with the base. An empty base means every name of its kind. A leading dot requires at least
 * one more label: RFC 5280 defines this for e-mail and URIs, and all verifiers support it for DNS
 * names too.
 */
export function explainBadSubtreeText(kind: TextSubtreeKind, value: string): string | null {
  if (value === '') return null;
  if (kind === 'email' && value.includes('@')) return explainBadEmail(value);
  const domain = value.startsWith('.') ? value.slice(1) : value;
  return explainBadDnsName(domain, { wildcard: false });
}

/**
 * Parses a subtree as an operator writes it: `example.com` or `.example.com` (DNS, e-mail, URI),
 * `user@example.com` (e-mail), `10.0.0.0/8` or `2001:db8::/32` (IP).
 * @throws SignetError invalid-parameter
 */
export function parseSubtreeText(kind: TextSubtreeKind | 'ip', text: string): Subtree {
  if (kind === 'ip') return parseNetwork(text);
  // An empty e-mail or URI base matches nothing for some verifiers and everything for others.
  const reason = text === '' && kind !== 'dns' ? 'is empty' : explainBadSubtreeText(kind, text);
  if (reason !== null) throw refuse(text, reason);
  return { kind, value: text };
}

function parseNetwork(text: string): Subtree {
  const [addressText = '', prefixText, ...rest] = text.split('/', 3);
  const address = parseIpAddress(addressText);
  if (address === null || rest.length > 0) {
    throw refuse(text, 'is not an IP network: write it like 10.0.0.0/8 or 2001:db8::/32');
  }
  const bits = address.length * 8;
  if (prefixText !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) {
    throw refuse(text, 'has a prefix length that is not a number');
  }
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) throw refuse(text, `has a prefix longer than ${bits} bits`);
  const mask = address.map((_, index) => maskOctet(prefix - 8 * index));
  if (address.some((octet, index) => (octet & ~(mask[index] ?? 0)) !== 0)) {
    throw refuse(text, 'has bits set after its prefix: set them to 0');
  }
  return { kind: 'ip', address, mask };
}

/** Returns the octet of a mask that has `ones` bits left to set. It clamps `ones` to 0 to 8. */
function maskOctet(ones: number): number {
  return (0xff00 >> Math.min(Math.max(ones, 0), 8)) & 0xff;
}

/** Returns whether all ones of a mask come before its zeros, as in CIDR (RFC 4632). */
export function isContiguousMask(mask: Uint8Array): boolean {
  const partial = mask.findIndex((octet) => octet !== 0xff);
  if (partial < 0) return true;
  const inverted = ~(mask[partial] ?? 0) & 0xff;
  return (inverted & (inverted + 1)) === 0 && mask.subarray(partial + 1).every((o) => o === 0);
}

function refuse(text: string, reason: string): SignetError {
  const shown = text.slice(0, 80).replace(/[^ -~]/g, '?');
  return new SignetError('invalid-parameter', `The name constraint "${shown}" ${reason}.`, {
    field: 'nameConstraints',
  });
}
