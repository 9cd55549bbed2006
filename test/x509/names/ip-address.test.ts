import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpAddress, parseIpAddress } from '../../../src/x509/names/ip-address.ts';

const canonical = (text: string) => {
  const octets = parseIpAddress(text);
  return octets === null ? null : formatIpAddress(octets);
};

describe('parseIpAddress and formatIpAddress', () => {
  // The IPv6 addresses are from RFC 5952 sections 2, 4 and 5.
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::AbCd', '2001:db8::abcd'],
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::', 'fe80::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ])('parse %s and format it as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1.2.3.',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:1',
    '1:2:3:4:5:6:7:1.2.3.4',
    'fe80::1%eth0',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
  ])('refuse %j', (text) => {
    expect(parseIpAddress(text)).toBeNull();
  });

  it('format only 4 or 16 octets, and parse the text back', () => {
    for (const length of [0, 3, 5, 8, 15, 17, 32]) {
      expect(formatIpAddress(new Uint8Array(length))).toBeNull();
    }
    const octet = fc.oneof(fc.constant(0), fc.constant(255), fc.nat(255));
    const octets = fc
      .constantFrom(4, 16)
      .chain((n) => fc.array(octet, { minLength: n, maxLength: n }));
    fc.assert(
      fc.property(octets, (address) => {
        const text = formatIpAddress(Uint8Array.from(address)) ?? '';
        expect([...(parseIpAddress(text) ?? [])]).toEqual(address);
      }),
    );
  });

  it('agree with the URL parser of the platform', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(65535)), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(groups, (address) => {
        // RFC 5952 section 5 writes mapped addresses with a dotted quad, the URL parser does not.
        fc.pre(address.slice(0, 5).some((group) => group !== 0) || address[5] !== 0xffff);
        const text = address.map((group) => group.toString(16)).join(':');
        expect(`[${canonical(text)}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
    );
  });
});
