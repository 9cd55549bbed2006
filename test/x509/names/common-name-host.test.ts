import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostInCommonName } from '../../../src/x509/names/common-name-host.ts';
import {
  encodeSubjectAltName,
  parseSubjectAltName,
} from '../../../src/x509/names/general-names.ts';

describe('readHostInCommonName', () => {
  it.each([
    ['host.example.com', 'dns', 'host.example.com'],
    ['Host.Example.com', 'dns', 'Host.Example.com'],
    ['*.example.com', 'dns', '*.example.com'],
    ['localhost', 'dns', 'localhost'],
    [' host.example.com ', 'dns', 'host.example.com'],
    ['host.example.com.', 'dns', 'host.example.com'],
    ['localhost.', 'dns', 'localhost'],
    ['b\u00fccher.example', 'dns', 'xn--bcher-kva.example'],
    ['*.B\u00dcCHER.Example', 'dns', '*.xn--bcher-kva.Example'],
    ['bu\u0308cher.example.', 'dns', 'xn--bcher-kva.example'],
    ['\u4f8b\u3048\u3002\u30c6\u30b9\u30c8', 'dns', 'xn--r8jz45g.xn--zckzah'],
    ['192.0.2.1', 'ip', '192.0.2.1'],
    ['2001:DB8:0::1', 'ip', '2001:db8::1'],
    ['[2001:DB8:0::1]', 'ip', '2001:db8::1'],
  ])('reads %j as a name of the kind %s', (commonName, kind, value) => {
    expect(readHostInCommonName(commonName)).toEqual({ name: { kind, value }, reason: null });
  });

  it.each([
    ['my_host.example.com', 'other than letters'],
    ['host..example.com', 'empty label'],
    ['.example.com', 'empty label'],
    ['w*.example.com', 'whole left-most label'],
    ['-a.example.com', 'hyphen'],
    ['host.example.com:8443', 'has a port'],
    ['b\u00fccher.example:8443', 'has a port'],
    ['https://host.example.com/', 'is a URL'],
    ['[::g]', 'brackets'],
    ['[192.0.2.1]', 'brackets'],
    ['300.0.2.1', 'IPv4 address'],
    ['192.0.02.1', 'IPv4 address'],
    ['192.0.2.1.', 'IPv4 address'],
    ['192.0.2.1:443', 'has a port'],
    ['[192.0.2.1]:443', 'has a port'],
    ['10.0.0.0/8', 'is a network'],
    ['2001:db8::/32', 'is a network'],
    ['[2001:db8::1]:443', 'has a port'],
    ['[2001:db8::1', 'IPv6 address'],
    ['2001:db8::1]', 'IPv6 address'],
    ['[2001:db8:0:0:0:0:0:1', 'IPv6 address'],
    ['2001:db8::1::2', 'IPv6 address'],
    ['fe80::1%eth0', 'has a zone'],
    ['[fe80::1%eth0]:443', 'has a zone'],
    ['host.example.com..', 'end with a dot'],
    ['host.example.com.:443', 'has a port'],
    ['host.example.com:443.', 'has a port'],
    ['host.example.com:', 'has a port'],
    ['localhost:443', 'has a port'],
    ['.com', 'empty label'],
    ['::ffff:192.0.2.1', 'IPv4-mapped'],
    ['[64:ff9b::192.0.2.1]', 'NAT64'],
    [`${'\u00fc'.repeat(60)}.example`, '63 characters'],
    ['host\u2024example\u2024com', 'write host.example.com'],
    ['host\ufe52example.com', 'write host.example.com'],
    ['\uff11\uff19\uff12.0.2.1', 'write 192.0.2.1'],
    ['localho\u017ft', 'write localhost'],
  ])('says why %j is in no certificate', (commonName, reason) => {
    const read = readHostInCommonName(commonName);
    expect(read?.name).toBeNull();
    expect(read?.reason).toContain(reason);
  });

  it.each([
    'Alice',
    'Alice Smith',
    'St. Mary',
    'M\u00fcller & Co. KG',
    'alice@example.com',
    '',
    'web-1',
    'user_1',
    '*',
    '.',
    'Ltd.',
    'Ltd..',
    '..',
    '12:30:45',
    '[Team] Alice',
    'Alice: 1',
    '1.2.3',
    '1.2.3.',
    '1.2.3.4.5',
    'sensor_7.42',
    '00:1b:44:11:3a:b7',
    'urn:example:a.b',
    'A\u2026B',
    '\uff21lice',
    'Acme\u2122 No\uff0e 1',
  ])('finds no host in %j', (commonName) => {
    expect(readHostInCommonName(commonName)).toBeNull();
  });

  it('returns only names that encodeSubjectAltName accepts', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.domain()).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (commonName) => {
        const name = readHostInCommonName(commonName)?.name ?? null;
        if (name !== null)
          expect(parseSubjectAltName(encodeSubjectAltName([name]))).toEqual([name]);
      }),
    );
  });
});
