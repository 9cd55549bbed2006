import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeElement, encodeSequence } from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import {
  encodeSubjectAltName,
  type GeneralName,
  parseSubjectAltName,
} from '../../../src/x509/names/general-names.ts';
import { parseIpAddress } from '../../../src/x509/names/ip-address.ts';
import { csrPem } from '../../fixtures.ts';
import { allowOnly, refusalMessage } from '../refusal.ts';

const TAGS = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 };
const utf8 = (text: string) => new TextEncoder().encode(text);
const san = (kind: 'dns' | 'email' | 'uri', value: string) =>
  encodeSequence(encodeElement(TAGS[kind], utf8(value)));
const refused = (valueDer: Uint8Array) =>
  refusalMessage('invalid-subject-alt-name', () => parseSubjectAltName(valueDer));

const IN_FIXTURE: GeneralName[] = [
  { kind: 'dns', value: 'host.fixture.test' },
  { kind: 'dns', value: '*.fixture.test' },
  { kind: 'ip', value: '192.0.2.7' },
  { kind: 'ip', value: '2001:db8::7' },
  { kind: 'email', value: 'ops@fixture.test' },
  { kind: 'uri', value: 'https://fixture.test/x' },
];

describe('parseSubjectAltName', () => {
  it('parses what OpenSSL writes, and encodeSubjectAltName writes the same bytes', () => {
    const { extensions } = parseCsr(decodeCsr(csrPem('p-256-sha256')));
    const valueDer = extensions.get(OID.subjectAltName)?.valueDer ?? new Uint8Array();
    expect(parseSubjectAltName(valueDer)).toEqual(IN_FIXTURE);
    expect(encodeSubjectAltName(IN_FIXTURE).toHex()).toBe(valueDer.toHex());
  });

  it.each([
    'localhost',
    'example.com',
    'Example.COM',
    '*.example.com',
    '*.local',
    'a-b.c--d.example',
    '1.example',
    '3com.com',
    `${'a'.repeat(63)}.test`,
    `${'a.'.repeat(125)}abc`,
    'xn--bcher-kva.example',
    'XN--MNCHEN-3YA.de',
    '*.xn--fiqs8s',
    // With a zero-width non-joiner, which Persian uses.
    'xn--mgba3gch31f060k.example',
  ])('accepts the DNS name %s unchanged', (value) => {
    expect(parseSubjectAltName(san('dns', value))).toEqual([{ kind: 'dns', value }]);
  });

  it.each([
    ['', 'is empty'],
    [' ', 'other than letters'],
    ['.', 'must not end with a dot'],
    ['example.com.', 'must not end with a dot'],
    ['.example.com', 'empty label'],
    ['a..b', 'empty label'],
    ['a_b.example', 'other than letters'],
    ['exa mple.com', 'other than letters'],
    ['example.com\0.evil.test', 'other than letters'],
    ['bücher.example', 'A-labels'],
    ['http://example.com', 'other than letters'],
    ['example.com:443', 'other than letters'],
    ['-a.example', 'hyphen'],
    ['a-.example', 'hyphen'],
    [`${'a'.repeat(64)}.test`, '63 characters'],
    [`${'a.'.repeat(126)}ab`, '253 characters'],
    ['192.0.2.1', 'only digits'],
    ['example.123', 'only digits'],
    ['*', 'a domain after its wildcard'],
    ['*.', 'must not end with a dot'],
    ['*.*.example', 'whole left-most label'],
    ['a.*.example', 'whole left-most label'],
    ['w*.example', 'whole left-most label'],
    ['*.123', 'only digits'],
    ['ab--c.example', 'not an A-label'],
    ['xn--.example', 'begins or ends with a hyphen'],
    ['xn--abc-.example', 'begins or ends with a hyphen'],
    ['xn--a-b.example', 'does not decode'],
    ['xn--99999999.example', 'does not decode'],
    // U+202E inside, and "u" with a combining diaeresis where NFC has one character.
    ['xn--ab-h4t.example', 'the character U+202E'],
    ['xn--bucher-xyd.example', 'normalization form C'],
    // An emoji, which only IDNA2003 allows.
    ['xn--53h.example', 'not valid IDNA2008: it has the character U+2615'],
  ])('refuses the DNS name %j', (value, reason) => {
    expect(refused(san('dns', value))).toContain(reason);
  });

  it.each(['ops@example.com', 'a.b+c@host', "o'neil@xn--bcher-kva.example", 'UPPER@Example.com'])(
    'accepts the e-mail address %s',
    (value) => {
      expect(parseSubjectAltName(san('email', value))).toEqual([{ kind: 'email', value }]);
    },
  );

  it.each([
    ['', 'has no @'],
    ['example.com', 'has no @'],
    ['@example.com', 'dot-atom'],
    ['a@', 'a domain that is empty'],
    ['a@b@example.com', 'dot-atom'],
    ['"a b"@example.com', 'dot-atom'],
    ['a..b@example.com', 'dot-atom'],
    ['.a@example.com', 'dot-atom'],
    ['a@*.example.com', 'must not have a wildcard'],
    ['a@[192.0.2.1]', 'other than letters'],
    ['Ops <ops@example.com>', 'dot-atom'],
    ['ä@example.com', 'dot-atom'],
    [`${'a'.repeat(65)}@example.com`, '64 characters'],
  ])('refuses the e-mail address %j', (value, reason) => {
    expect(refused(san('email', value))).toContain(reason);
  });

  it.each([
    'https://example.com/a/b?c=d#e',
    'spiffe://trust.example/workload',
    'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'ldap://[2001:db8::7]/c=GB?objectClass?one',
    'http://user@192.0.2.7:8080/%20',
    'sip:alice@example.com',
    'https://example.com:65535/',
    'spiffe://trust_domain.example/workload',
    'SPIFFE://_/workload',
    `https://example.com/${'a'.repeat(2028)}`,
  ])('accepts the URI %s', (value) => {
    expect(parseSubjectAltName(san('uri', value))).toEqual([{ kind: 'uri', value }]);
  });

  it.each([
    ['', 'no scheme'],
    ['/relative', 'no scheme'],
    ['//example.com/', 'no scheme'],
    ['example.com', 'no scheme'],
    ['1http://example.com', 'no scheme'],
    ['urn:', 'nothing after its scheme'],
    ['file:///etc/passwd', 'has no host'],
    ['https://?', 'has no host'],
    ['https://user@/', 'has no host'],
    ['https://exa mple.com/', 'RFC 3986'],
    ['https://example.com/"', 'RFC 3986'],
    ['https://example.com/%2', 'RFC 3986'],
    ['https://bücher.example/', 'RFC 3986'],
    ['https://a_b.example/', 'host that has a character'],
    ['https://*.example.com/', 'wildcard'],
    ['https://example.com:x/', 'port'],
    ['https://[::1', 'bracket'],
    ['https://[1.2.3.4]/', 'not an IPv6'],
    ['https://[::g]/', 'not an IPv6'],
    ['https://example.com:65536/', 'port above 65535'],
    ['https://[::ffff:10.1.2.3]/', 'host that is an IPv4-mapped'],
    ['spiffe://trust_domain.example./workload', 'must not end with a dot'],
    ['spiffe://trust_domain..example/workload', 'empty label'],
    ['https://a@b@example.com/', 'user information'],
    ['https://example.com/[', 'bracket'],
    ['urn:a[b', 'bracket'],
    ['https://example.com/#a#b', 'more than one'],
    [`https://example.com/${'a'.repeat(2029)}`, '2048'],
  ])('refuses the URI %j', (value, reason) => {
    const message = refused(san('uri', value));
    expect(message).toContain(reason === 'bracket' && value.endsWith('::1') ? 'URI' : reason);
  });

  it.each([0, 3, 5, 8, 15, 17, 32])('refuses an IP address of %d octets', (length) => {
    const der = encodeSequence(encodeElement(TAGS.ip, new Uint8Array(length)));
    expect(refused(der)).toContain(`4 or 16 octets, not ${length}`);
  });

  it.each([
    ['::ffff:10.1.2.3', 'an IPv4-mapped'],
    ['::10.1.2.3', 'an IPv4-compatible'],
    ['::2', 'an IPv4-compatible'],
    ['::ffff:0:10.1.2.3', 'an IPv4-translated'],
    ['64:ff9b::10.1.2.3', 'a NAT64'],
    ['64:ff9b:1:a01:2:300::', 'a NAT64'],
  ])('refuses %s, which stands for an IPv4 host', (text, form) => {
    const octets = parseIpAddress(text) ?? new Uint8Array();
    const message = refused(encodeSequence(encodeElement(TAGS.ip, octets)));
    expect(message).toContain(`is ${form} address`);
    refusalMessage('invalid-subject-alt-name', () =>
      encodeSubjectAltName([{ kind: 'ip', value: text }]),
    );
  });

  it.each(['::', '::1', '::1:0:0', 'fe80::ffff:10.1.2.3', '64:ff9c::1', '2002:a01:203::1'])(
    'accepts %s, which does not',
    (text) => {
      const octets = parseIpAddress(text) ?? new Uint8Array();
      expect(parseSubjectAltName(encodeSequence(encodeElement(TAGS.ip, octets)))).toHaveLength(1);
    },
  );

  it.each([
    ['otherName', 0xa0],
    ['x400Address', 0xa3],
    ['directoryName', 0xa4],
    ['ediPartyName', 0xa5],
    ['registeredID', 0x88],
    ['0x30', 0x30],
  ])('refuses a name of the kind %s and names the kind', (name, tag) => {
    expect(refused(encodeSequence(encodeElement(tag)))).toContain(`of the kind ${name} `);
  });

  it('returns a name that occurs more than once only once', () => {
    const der = encodeSequence(
      ...['a.test', 'A.test', 'b.test', 'a.test'].map((name) =>
        encodeElement(TAGS.dns, utf8(name)),
      ),
    );
    expect(parseSubjectAltName(der).map(({ value }) => value)).toEqual(['a.test', 'b.test']);
  });

  it('keeps e-mail addresses and URIs that differ in case where case matters', () => {
    const names: GeneralName[] = [
      { kind: 'email', value: 'User@a.test' },
      { kind: 'email', value: 'user@a.test' },
      { kind: 'email', value: 'user@A.test' },
      { kind: 'uri', value: 'https://a.test/Path' },
      { kind: 'uri', value: 'HTTPS://A.test/Path' },
      { kind: 'uri', value: 'https://a.test/path' },
      { kind: 'uri', value: 'https://User@a.test/path' },
      { kind: 'uri', value: 'https://user@a.test/path' },
      { kind: 'uri', value: 'urn:A' },
      { kind: 'uri', value: 'URN:A' },
      { kind: 'uri', value: 'urn:a' },
    ];
    const kept = parseSubjectAltName(encodeSubjectAltName(names)).map(({ value }) => value);
    expect(kept).toEqual([
      'User@a.test',
      'user@a.test',
      'https://a.test/Path',
      'https://a.test/path',
      'https://User@a.test/path',
      'https://user@a.test/path',
      'urn:A',
      'urn:a',
    ]);
  });

  it('accepts 1 to 100 names', () => {
    const many = (count: number) =>
      encodeSequence(
        ...Array.from({ length: count }, (_, i) => encodeElement(TAGS.dns, utf8(`h${i}.test`))),
      );
    expect(refused(many(0))).toContain('empty');
    expect(parseSubjectAltName(many(100))).toHaveLength(100);
    expect(refused(many(101))).toContain('101 names');
  });

  it('shows only printable input in messages', () => {
    const message = refused(san('dns', `\u202e\n${'a'.repeat(300)}`));
    expect(message).toMatch(/^[ -~…]*$/);
    expect(message.length).toBeLessThan(300);
  });

  it('throws only SignetError for hostile bytes', () => {
    const name = fc.tuple(
      fc.constantFrom(0x81, 0x82, 0x86, 0x87, 0xa0, 0xa4, 0x30),
      fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        fc.webUrl().map(utf8),
        fc.emailAddress().map(utf8),
        fc.domain().map(utf8),
      ),
    );
    const wellFormed = fc
      .array(name, { maxLength: 5 })
      .map((names) => encodeSequence(...names.map(([tag, value]) => encodeElement(tag, value))));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), wellFormed), (der) => {
        allowOnly('invalid-subject-alt-name', () => {
          const names = parseSubjectAltName(der);
          expect(parseSubjectAltName(encodeSubjectAltName(names))).toEqual(names);
        });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('encodeSubjectAltName', () => {
  it.each<GeneralName>([
    { kind: 'dns', value: 'bücher.example' },
    { kind: 'dns', value: 'a b' },
    { kind: 'ip', value: '1.2.3' },
    { kind: 'email', value: 'no-at-sign' },
    { kind: 'uri', value: 'no-scheme' },
  ])('refuses %j', (name) => {
    refusalMessage('invalid-subject-alt-name', () => encodeSubjectAltName([name]));
  });

  it('refuses an empty list and a list of more than 100 names', () => {
    refusalMessage('invalid-subject-alt-name', () => encodeSubjectAltName([]));
    const names = Array.from({ length: 101 }, () => ({ kind: 'dns', value: 'a.test' }) as const);
    refusalMessage('invalid-subject-alt-name', () => encodeSubjectAltName(names));
  });
});
