import { parseIpAddress } from './ip-address.ts';

/**
 * IPv6 networks whose addresses are another way to write a single IPv4 address: a connection to them
 * reaches the IPv4 host. 6to4 and Teredo addresses are not among them: they name an IPv6 host behind
 * a tunnel.
 */
const FORMS: readonly { readonly name: string; readonly prefix: Uint8Array }[] = [
  form('an IPv4-mapped', '::ffff:0:0', 96), // RFC 4291 section 2.5.5.2
  form('an IPv4-compatible', '::', 96), // RFC 4291 section 2.5.5.1
  form('an IPv4-translated', '::ffff:0:0:0', 96), // RFC 2765 section 2.1
  form('a NAT64', '64:ff9b::', 96), // RFC 6052 section 2.1
  form('a NAT64', '64:ff9b:1::', 48), // RFC 8215
];

/** The unspecified address and the loopback address are in ::/96, but hold no IPv4 address. */
const NOT_COMPATIBLE = ['::', '::1'].map((text) => parseIpAddress(text)?.toHex());

/**
 * Returns the form of an IPv6 address that stands for an IPv4 address, as in "an IPv4-mapped". Name
 * constraints for IPv4 do not apply to such an address (RFC 5280 section 4.2.1.10 compares addresses
 * of the same length), although clients may take it for the IPv4 address. Else returns null.
 */
export function findEmbeddedIpv4(octets: Uint8Array): string | null {
  if (octets.length !== 16 || NOT_COMPATIBLE.includes(octets.toHex())) return null;
  const found = FORMS.find(({ prefix }) => prefix.every((octet, index) => octets[index] === octet));
  return found?.name ?? null;
}

function form(name: string, network: string, bits: number) {
  const address = parseIpAddress(network);
  if (address === null) throw new Error(`not an address: ${network}`);
  return { name, prefix: address.subarray(0, bits / 8) };
}
