import { describe, expect, it } from 'vitest';
import { isCloudflareAddress } from '../../src/net/cloudflare-addresses.ts';
import { findSpecialPurpose } from '../../src/net/special-addresses.ts';
import { parseIpAddress } from '../../src/x509/names/ip-address.ts';

function octetsOf(address: string): Uint8Array {
  const octets = parseIpAddress(address);
  if (octets === null) throw new TypeError(address);
  return octets;
}

describe('findSpecialPurpose', () => {
  it.each([
    ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...['128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
    ...['191.255.255.255', '192.0.1.0', '192.167.255.255', '192.169.0.0', '198.17.255.255'],
    ...['198.20.0.0', '203.0.112.255', '203.0.114.0', '223.255.255.255'],
    ...['2001:200::', '2001:db7:ffff::', '2001:db9::', '2003::', '2606:4700::1111', '3ffe::1'],
    // A NAT64 turns it into 8.8.8.8.
    '64:ff9b::808:808',
  ])('finds none for %s', (address) => {
    expect(findSpecialPurpose(octetsOf(address))).toBeNull();
  });

  it.each([
    ...['0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255'],
    ...['127.0.0.0', '127.255.255.255', '169.254.169.254', '172.16.0.0', '172.31.255.255'],
    ...['192.0.0.0', '192.0.0.171', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1'],
    ...['192.168.0.0', '192.168.255.255', '192.175.48.1', '198.18.0.0', '198.19.255.255'],
    ...['198.51.100.1', '203.0.113.255', '224.0.0.0', '239.255.255.255', '240.0.0.0'],
    '255.255.255.255',
    ...['::', '::1', '::7f00:1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:7f00:1'],
    // By NAT64 they are 127.0.0.1, 10.0.0.1 and 169.254.169.254.
    ...['64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808'],
    ...['100::1', '100:0:0:1::1', '2001::1', '2001:1ff::1', '2001:db8::1', '2002:7f00:1::'],
    ...['2002:808:808::', '2620:4f:8000::1', '3fff::1', '3fff:fff::1', '5f00::1', '4000::1'],
    ...['fc00::1', 'fdff::1', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1'],
  ])('finds one for %s', (address) => {
    expect(findSpecialPurpose(octetsOf(address))).toMatch(/^[A-Za-z0-9 -]+$/);
  });
});

describe('isCloudflareAddress', () => {
  it.each(['104.16.0.0', '104.27.255.255', '172.71.255.255', '2606:4700::1', '2a06:98c7::1'])(
    'knows %s',
    (address) => {
      expect(isCloudflareAddress(octetsOf(address))).toBe(true);
    },
  );

  it.each(['104.15.255.255', '104.28.0.0', '8.8.8.8', '::ffff:104.16.0.0', '2606:4701::'])(
    'does not take %s for one',
    (address) => {
      expect(isCloudflareAddress(octetsOf(address))).toBe(false);
    },
  );
});
