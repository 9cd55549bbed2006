import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerError, readChildren, readOnly, TAG } from '../../../src/asn1/der.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import { parseSubtreeText, type Subtree } from '../../../src/x509/path/name-constraint-forms.ts';
import {
  encodeNameConstraints,
  type NameConstraints,
  parseNameConstraints,
} from '../../../src/x509/path/name-constraints.ts';
import { refusalMessage } from '../refusal.ts';

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(' ', ''));

/**
 * Written by openssl: permitted DNS:example.com, IP:10.0.0.0/255.0.0.0, email:joe@example.com and
 * dirName C=DE, O=Example; excluded URI:.example.org and IP:2001:db8::/ffff:ffff::.
 */
const BY_OPENSSL = hex(
  [
    '30818ba053300d820b6578616d706c652e636f6d300a87080a000000ff0000003011810f6a6f65406578616d',
    '706c652e636f6d3023a421301f310b30090603550406130244453110300e060355040a0c074578616d706c65',
    'a134300e860c2e6578616d706c652e6f72673022872020010db8000000000000000000000000ffffffff0000',
    '00000000000000000000',
  ].join(''),
);

const BY_OPENSSL_NAME = hex('301f310b30090603550406130244453110300e060355040a0c074578616d706c65');

const ALL: NameConstraints = {
  permitted: [
    parseSubtreeText('dns', 'example.com'),
    parseSubtreeText('dns', ''),
    parseSubtreeText('ip', '10.0.0.0/8'),
    parseSubtreeText('ip', '2001:db8::/33'),
    parseSubtreeText('email', 'joe@example.com'),
    parseSubtreeText('email', '.example.com'),
    { kind: 'directory', nameDer: encodeNameFromText('O=Example,C=DE') },
  ],
  excluded: [parseSubtreeText('uri', '.example.org'), parseSubtreeText('ip', '192.0.2.1')],
};

function readValue(extensionDer: Uint8Array): Uint8Array {
  const octets = readChildren(readOnly(extensionDer, TAG.sequence).content).at(-1);
  return octets?.content ?? new Uint8Array(0);
}

describe('encodeNameConstraints and parseNameConstraints', () => {
  it('are inverse to each other', () => {
    expect(parseNameConstraints(readValue(encodeNameConstraints(ALL)))).toEqual(ALL);
  });

  it('agree with openssl', () => {
    const constraints: NameConstraints = {
      permitted: [
        parseSubtreeText('dns', 'example.com'),
        parseSubtreeText('ip', '10.0.0.0/8'),
        parseSubtreeText('email', 'joe@example.com'),
        { kind: 'directory', nameDer: BY_OPENSSL_NAME },
      ],
      excluded: [parseSubtreeText('uri', '.example.org'), parseSubtreeText('ip', '2001:db8::/32')],
    };
    expect(parseNameConstraints(BY_OPENSSL)).toEqual(constraints);
    expect(readValue(encodeNameConstraints(constraints)).toHex()).toBe(BY_OPENSSL.toHex());
  });

  it('write the mask after the address', () => {
    const constraints = { permitted: [parseSubtreeText('ip', '10.32.0.0/11')], excluded: [] };
    expect(encodeNameConstraints(constraints).toHex()).toContain('87080a200000ffe00000');
  });

  it('keep kinds of names that Signet does not certify', () => {
    const value = hex('300c a00a 3008 8806 2a0304050607');
    expect(parseNameConstraints(value).permitted).toMatchObject([
      { kind: 'unsupported', tag: 0x88 },
    ]);
  });

  it('accept an explicit minimum of 0', () => {
    const value = hex('300a a008 3006 8201 61 800100');
    expect(parseNameConstraints(value).permitted).toEqual([{ kind: 'dns', value: 'a' }]);
  });

  it.each([
    ['an empty SEQUENCE', '3000'],
    ['an empty list', '3002 a000'],
    ['excluded before permitted', '300e a105 3003 820161 a005 3003 820161'],
    ['permitted twice', '300e a005 3003 820161 a005 3003 820161'],
    ['an unknown field', '3007 a205 3003 820161'],
    ['a minimum', '300a a008 3006 8201 61 800101'],
    ['a maximum', '300a a008 3006 8201 61 810105'],
    ['a subtree without base', '3004 a002 3000'],
    ['a base that is not a GeneralName', '3007 a005 3003 890161'],
    ['an address without mask', '300a a008 3006 8704 0a000000'],
    ['a mask with holes', '300e a00c 300a 8708 0a000000 ff00ff00'],
    ['a mask with holes in an octet', '300e a00c 300a 8708 0a000000 fd000000'],
    ['a wildcard', '300b a009 3007 8205 2a2e612e62'],
    ['a DNS base with a NUL', '3009 a007 3005 8203 610062'],
    ['an e-mail base without local part', '3009 a007 3005 8103 406162'],
    ['a directoryName that is not a Name', '300b a009 3007 a405 3003 020101'],
    ['bytes after the SEQUENCE', '3007 a005 3003 820161 00'],
  ])('refuse %s', (_what, value) => {
    expect(() => parseNameConstraints(hex(value))).toThrow(DerError);
  });

  it('throw only DerError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(30), fc.nat(255), (noise, at, byte) => {
        const damaged = readValue(encodeNameConstraints(ALL)).slice();
        damaged[at] = byte;
        for (const value of [noise, damaged]) {
          try {
            parseNameConstraints(value);
          } catch (error) {
            if (!(error instanceof DerError)) throw error;
          }
        }
      }),
    );
  });

  it('refuse to write what they refuse to read', () => {
    const wildcard: Subtree = { kind: 'dns', value: '*.example.com' };
    expect(() => encodeNameConstraints({ permitted: [wildcard], excluded: [] })).toThrow(DerError);
    expect(() => encodeNameConstraints({ permitted: [], excluded: [] })).toThrow(DerError);
  });
});

describe('parseSubtreeText', () => {
  it.each([
    ['0.0.0.0/0', '00000000', '00000000'],
    ['10.0.0.0/8', '0a000000', 'ff000000'],
    ['192.0.2.128/25', 'c0000280', 'ffffff80'],
    ['192.0.2.1', 'c0000201', 'ffffffff'],
    ['::/0', '0'.repeat(32), '0'.repeat(32)],
    ['2001:db8::/33', `20010db8${'0'.repeat(24)}`, `ffffffff80${'0'.repeat(22)}`],
  ])('reads the network %s', (text, address, mask) => {
    expect(parseSubtreeText('ip', text)).toEqual({
      kind: 'ip',
      address: Uint8Array.fromHex(address),
      mask: Uint8Array.fromHex(mask),
    });
  });

  it.each([
    ['ip', '10.0.0.1/8', 'after its prefix'],
    ['ip', '10.0.0.0/33', 'longer than 32'],
    ['ip', '10.0.0.0/', 'not a number'],
    ['ip', '10.0.0.0/8/8', 'not an IP network'],
    ['ip', 'example.com', 'not an IP network'],
    ['dns', '*.example.com', 'must not have a wildcard'],
    ['dns', 'example..com', 'empty label'],
    ['email', '', 'is empty'],
    ['uri', '', 'is empty'],
    ['email', '@example.com', 'local part'],
    ['uri', 'http://example.com', 'character other than'],
  ] as const)('refuses the %s base %j', (kind, text, reason) => {
    expect(refusalMessage('invalid-parameter', () => parseSubtreeText(kind, text))).toContain(
      reason,
    );
  });
});
