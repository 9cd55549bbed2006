import { isInRange, parseAddressRange } from './address-ranges.ts';

/**
 * The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), and multicast. The globally
 * reachable entries are included: no host that wants a certificate has such an address.
 */
const SPECIAL_RANGES = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private use'],
  ['100.64.0.0/10', 'shared address space'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private use'],
  ['192.0.0.0/24', 'IETF protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'AMT'],
  ['192.88.99.0/24', '6to4 relay anycast'],
  ['192.168.0.0/16', 'private use'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['::ffff:0:0/96', 'IPv4-mapped'],
  ['2001::/23', 'IETF protocol assignments'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
].map(([range = '', purpose = '']) => ({ range: parseAddressRange(range), purpose }));

/** Everything outside of it is reserved or special (RFC 4291 section 2.4). */
const GLOBAL_UNICAST = parseAddressRange('2000::/3');

/** A NAT64 translates these addresses to the IPv4 address in the last four octets (RFC 6052). */
const NAT64 = parseAddressRange('64:ff9b::/96');

/**
 * Returns the special purpose of an IP address, or null for an ordinary public address.
 * @param octets 4 or 16
 */
export function findSpecialPurpose(octets: Uint8Array): string | null {
  if (isInRange(octets, NAT64)) return findSpecialPurpose(octets.subarray(12));
  const special = SPECIAL_RANGES.find(({ range }) => isInRange(octets, range));
  if (special !== undefined) return special.purpose;
  return octets.length === 16 && !isInRange(octets, GLOBAL_UNICAST) ? 'reserved' : null;
}
