import { SignetError } from '../../errors.ts';
import { explainBadDnsName, explainBadEmail } from '../names/general-name-forms.ts';
import { parseIpAddress } from '../names/ip-address.ts';

/** The base of a GeneralSubtree, RFC 5280 section 4.2.1.10. */
export type Subtree =
  | { readonly kind: 'dns' | 'email' | 'uri'; readonly value: string }
  /** Both 4 or both 16 octets. */
  | { readonly kind: 'ip'; readonly address: Uint8Array; readonly mask: Uint8Array }
  | { readonly kind: 'directory'; readonly nameDer: Uint8Array }
  /** A kind of name that is not certified here; `tag` is its GeneralName tag. */
  | { readonly kind: 'unsupported'; readonly tag: number; readonly baseDer: Uint8Array };

export type TextSubtreeKind = 'dns' | 'email' | 'uri';

/**
 * Null for a good base, else the reason as the end of a sentence that begins with it. An empty base
 * stands for every name of its kind. A leading dot asks for at least one more label; RFC 5280 has it
 * for e-mail and URIs, and all verifiers know it for DNS names too.
 */
export function explainBadSubtreeText(kind: TextSubtreeKind, value: string): string | null {
  if (value === '') return null;
  if (kind === 'email' && value.includes('@')) return explainBadEmail(value);
  const domain = value.startsWith('.') ? value.slice(1) : value;
  return explainBadDnsName(domain, { wildcard: false });
}

/**
 * A subtree as an operator writes it: `example.com` or `.example.com` (DNS, e-mail, URI),
 * `user@example.com` (e-mail), `10.0.0.0/8` or `2001:db8::/32` (IP).
 * @throws SignetError invalid-parameter
 */
export function parseSubtreeText(kind: TextSubtreeKind | 'ip', text: string): Subtree {
  if (kind === 'ip') return parseNetwork(text);
  // Empty e-mail and URI bases mean nothing to some verifiers and everything to others.
  const reason = text === '' && kind !== 'dns' ? 'is empty' : explainBadSubtreeText(kind, text);
  if (reason !== null) throw refuse(text, reason);
  return { kind, value: text };
}

function parseNetwork(text: string): Subtree {
  const [addressText = '', prefixText, ...rest] = text.split('/', 3);
  const address = parseIpAddress(addressText);
  if (address === null || rest.length > 0) {
    throw refuse(text, 'is no IP network: write 10.0.0.0/8 or 2001:db8::/32');
  }
  const bits = address.length * 8;
  if (prefixText !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) {
    throw refuse(text, 'has a prefix length that is no number');
  }
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) throw refuse(text, `has a prefix longer than ${bits} bits`);
  const mask = address.map((_, index) => maskOctet(prefix - 8 * index));
  if (address.some((octet, index) => (octet & ~(mask[index] ?? 0)) !== 0)) {
    throw refuse(text, 'has bits set behind its prefix');
  }
  return { kind: 'ip', address, mask };
}

/** The octet of a mask in which `ones` bits, 0 to 8, are left to set. */
function maskOctet(ones: number): number {
  return (0xff00 >> Math.min(Math.max(ones, 0), 8)) & 0xff;
}

/** Whether the ones of a mask all stand before its zeros, as RFC 4632 (CIDR) has them. */
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
