import { formatIpAddress, parseIpAddress } from '../x509/names/ip-address.ts';

export interface IpRange {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

/** Parses CIDR notation, or one address. Returns null if it is malformed or has bits after its prefix. */
export function parseIpRange(text: string): IpRange | null {
  const [, addressText = '', lengthText] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = parseIpAddress(addressText);
  if (address === null) return null;
  const bits = address.length * 8;
  const prefixLength = lengthText === undefined ? bits : Number(lengthText);
  if (prefixLength > bits) return null;
  return address.every((octet, i) => (octet & ~maskAt(prefixLength, i)) === 0)
    ? { address, prefixLength }
    : null;
}

/** Formats a range in CIDR notation. */
export function formatIpRange({ address, prefixLength }: IpRange): string {
  return `${formatIpAddress(address)}/${prefixLength}`;
}

/** Tells whether a range has an address of 4 or 16 octets. IPv4 and IPv6 have nothing in common. */
export function isInRange(octets: Uint8Array, { address, prefixLength }: IpRange): boolean {
  return (
    octets.length === address.length &&
    address.every((octet, i) => ((octets[i] ?? 0) & maskAt(prefixLength, i)) === octet)
  );
}

/** The octet of the mask at an index. */
function maskAt(prefixLength: number, index: number): number {
  const ones = Math.min(Math.max(prefixLength - index * 8, 0), 8);
  return (0xff << (8 - ones)) & 0xff;
}
