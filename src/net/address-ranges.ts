import { parseIpAddress } from '../x509/names/ip-address.ts';

/** A range of IP addresses, as CIDR writes it. */
export interface AddressRange {
  readonly network: Uint8Array;
  readonly bits: number;
}

/** @param text a constant of the code, such as `10.0.0.0/8` */
export function parseAddressRange(text: string): AddressRange {
  const [address = '', bits] = text.split('/');
  const network = parseIpAddress(address);
  if (network === null) throw new TypeError(`not a range: ${text}`);
  return { network, bits: Number(bits) };
}

/** @param octets 4 or 16; an IPv4 address is in no IPv6 range, and vice versa */
export function isInRange(octets: Uint8Array, { network, bits }: AddressRange): boolean {
  if (octets.length !== network.length) return false;
  return network.every((octet, index) => {
    const left = Math.min(8, Math.max(0, bits - 8 * index));
    const mask = (0xff << (8 - left)) & 0xff;
    return ((octets[index] ?? 0) & mask) === (octet & mask);
  });
}
