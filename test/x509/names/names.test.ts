import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  TAG,
} from '../../../src/asn1/der.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import {
  checkSubjectName,
  encodeNameFromText,
  findCommonName,
  formatName,
  isEmptyName,
} from '../../../src/x509/names/names.ts';
import { csrPem } from '../../fixtures.ts';
import { allowOnly, refusalMessage } from '../refusal.ts';

const CN = '2.5.4.3';
const C = '2.5.4.6';
const SERIAL_NUMBER = '2.5.4.5';
const EMAIL = '1.2.840.113549.1.9.1';
const DC = '0.9.2342.19200300.100.1.25';
const X121 = '2.5.4.24';
const EMPTY = Uint8Array.of(0x30, 0x00);

type Value = string | Uint8Array;
const bytes = (value: Value) =>
  typeof value === 'string' ? new TextEncoder().encode(value) : value;
const attribute = (oid: string, tag: number, value: Value) =>
  encodeSequence(encodeObjectIdentifier(oid), encodeElement(tag, bytes(value)));
const rdn = (...attributes: Uint8Array[]) => encodeElement(TAG.set, ...attributes);
const nameOf = (oid: string, tag: number, value: Value) =>
  encodeSequence(rdn(attribute(oid, tag, value)));
const refused = (nameDer: Uint8Array) =>
  refusalMessage('invalid-subject', () => checkSubjectName(nameDer));

describe('checkSubjectName', () => {
  it('accepts names that OpenSSL writes, and the empty name', () => {
    const { subjectDer } = parseCsr(decodeCsr(csrPem('p-256-sha256')));
    expect(() => checkSubjectName(subjectDer)).not.toThrow();
    expect(() => checkSubjectName(EMPTY)).not.toThrow();
  });

  it.each<[string, number, Value]>([
    [CN, TAG.utf8String, 'Zoë 漢字 😀'],
    [CN, TAG.printableString, "A-z 0'()+,./:=?"],
    [CN, TAG.utf8String, '😀'.repeat(64)],
    [C, TAG.printableString, 'CN'],
    [SERIAL_NUMBER, TAG.printableString, '42'],
    [EMAIL, TAG.ia5String, 'a@example.com'],
    [DC, TAG.ia5String, 'example'],
    [X121, TAG.numericString, '123 456'],
    ['1.3.6.1.4.1.99999.1', TAG.utf8String, 'a'.repeat(1024)],
  ])('accepts %s, tag %d: %s', (oid, tag, value) => {
    expect(() => checkSubjectName(nameOf(oid, tag, value))).not.toThrow();
  });

  it.each<[string, number, string]>([
    ['TeletexString', TAG.teletexString, 'abc'],
    ['BMPString', TAG.bmpString, '\0a'],
    ['UniversalString', TAG.universalString, '\0\0\0a'],
  ])('refuses %s, names it and cites RFC 5280', (typeName, tag, value) => {
    const message = refused(nameOf(CN, tag, value));
    expect(message).toContain(`CN is a ${typeName}`);
    expect(message).toContain('RFC 5280 section 4.1.2.4');
    expect(message).toContain('UTF8String or PrintableString');
  });

  it.each<[string, string, number, Value, string]>([
    ['PrintableString alphabet', CN, TAG.printableString, '*.example.com', 'CN has a character'],
    ['PrintableString with 8 bits', CN, TAG.printableString, Uint8Array.of(0xe9), 'CN has a char'],
    ['malformed UTF-8', CN, TAG.utf8String, Uint8Array.of(0x41, 0xff), 'CN is not a valid UTF8S'],
    ['overlong UTF-8', CN, TAG.utf8String, Uint8Array.of(0xc1, 0x81), 'not a valid UTF8String'],
    ['surrogates', CN, TAG.utf8String, Uint8Array.of(0xed, 0xa0, 0x80), 'not a valid UTF8String'],
    ['IA5String elsewhere', CN, TAG.ia5String, 'a', 'CN is encoded as IA5String'],
    ['8 bits in IA5String', EMAIL, TAG.ia5String, Uint8Array.of(0xe9), 'emailAddress has a char'],
    ['UTF8String emailAddress', EMAIL, TAG.utf8String, 'a@b', 'encode it as IA5String'],
    ['NumericString elsewhere', CN, TAG.numericString, '1', 'CN is encoded as NumericString'],
    ['NumericString alphabet', X121, TAG.numericString, '1a', 'other than digits'],
    ['VisibleString', CN, TAG.visibleString, 'a', 'VisibleString'],
    ['an INTEGER', CN, TAG.integer, Uint8Array.of(1), 'CN is encoded as tag 0x2'],
    ['constructed string', CN, 0x2c, '', 'CN is encoded as tag 0x2c'],
    ['UTF8String country', C, TAG.utf8String, 'CN', 'encode it as PrintableString'],
    ['three letters', C, TAG.printableString, 'CHN', 'two letters'],
    ['no letters', C, TAG.printableString, '86', 'two letters'],
    ['empty country', C, TAG.printableString, '', 'C is empty'],
    ['empty value', CN, TAG.utf8String, '', 'CN is empty'],
    ['only spaces', CN, TAG.utf8String, '  ', 'CN is empty'],
    ['CN too long', CN, TAG.utf8String, 'a'.repeat(65), 'CN is longer than 64'],
    ['O too long', '2.5.4.10', TAG.utf8String, 'a'.repeat(65), 'O is longer than 64'],
    ['L too long', '2.5.4.7', TAG.utf8String, 'a'.repeat(129), 'L is longer than 128'],
    ['emailAddress too long', EMAIL, TAG.ia5String, 'a'.repeat(256), 'longer than 255'],
    ['unknown type too long', '1.2.3', TAG.utf8String, 'a'.repeat(1025), '1.2.3 is longer'],
    ['10,000 characters', CN, TAG.utf8String, 'a'.repeat(10_000), '4096 bytes'],
  ])('refuses: %s', (_, oid, tag, value, message) => {
    expect(refused(nameOf(oid, tag, value))).toContain(message);
  });

  it.each([
    '\0',
    '\n',
    '\x1b',
    '\x7f',
    '\x85',
    '\u00ad',
    '\u061c',
    '\u200b',
    '\u200f',
    '\u2028',
    '\u202a',
    '\u202e',
    '\u034f',
    '\u115f',
    '\u3164',
    '\ufe0f',
    '\u{e0100}',
    '\u0378',
    '\ufdd0',
    '\ue000',
    '\u{10fffd}',
    '\u2060',
    '\u2066',
    '\u2069',
    '\ufeff',
    '\u{e0041}',
  ])('refuses the character %j anywhere in a value', (character) => {
    for (const text of [`${character}ab`, `a${character}b`, `ab${character}`]) {
      const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
      expect(refused(nameOf(CN, TAG.utf8String, text))).toContain(`U+${code}`);
    }
  });

  it('requires multi-valued RDNs to be in DER order and to have each type once', () => {
    const a = attribute(CN, TAG.utf8String, 'a');
    const b = attribute('2.5.4.11', TAG.utf8String, 'b');
    expect(() => checkSubjectName(encodeSequence(rdn(a, b)))).not.toThrow();
    expect(refused(encodeSequence(rdn(b, a)))).toContain('in DER order');
    expect(refused(encodeSequence(rdn(a, a)))).toContain('CN occurs twice');
    expect(() => checkSubjectName(encodeSequence(rdn(a), rdn(a)))).not.toThrow();
  });

  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array()],
    ['a SET', encodeElement(TAG.set)],
    ['bytes after the Name', Uint8Array.of(0x30, 0x00, 0x00)],
    ['a truncated length', Uint8Array.of(0x30, 0x82)],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 0x00, 0x00)],
    ['an empty RDN', encodeSequence(rdn())],
    ['a SEQUENCE instead of an RDN', encodeSequence(encodeSequence())],
    ['a type without a value', encodeSequence(rdn(encodeSequence(encodeObjectIdentifier(CN))))],
    [
      'two values',
      encodeSequence(
        rdn(
          encodeSequence(
            encodeObjectIdentifier(CN),
            encodeElement(TAG.utf8String, bytes('a')),
            encodeElement(TAG.utf8String, bytes('b')),
          ),
        ),
      ),
    ],
  ])('refuses %s', (_, nameDer) => {
    expect(refused(nameDer)).toContain('not the DER of a Name');
  });

  it('limits the number of RDNs', () => {
    const many = (count: number) =>
      encodeSequence(
        ...Array.from({ length: count }, () => rdn(attribute(CN, TAG.utf8String, 'a'))),
      );
    expect(() => checkSubjectName(many(64))).not.toThrow();
    expect(refused(many(65))).toContain('64 RDNs');
  });
});

describe('isEmptyName and findCommonName', () => {
  it('recognize the empty name', () => {
    expect(isEmptyName(EMPTY)).toBe(true);
    expect(isEmptyName(nameOf(CN, TAG.utf8String, 'a'))).toBe(false);
    expect(isEmptyName(new Uint8Array())).toBe(false);
    expect(findCommonName(EMPTY)).toBeNull();
  });

  it('find the most specific CN', () => {
    expect(findCommonName(encodeNameFromText('CN=b,O=x,CN=a'))).toBe('b');
    expect(findCommonName(encodeNameFromText('O=x,OU=y+CN=a'))).toBe('a');
    expect(findCommonName(encodeNameFromText('O=x'))).toBeNull();
    refusalMessage('invalid-subject', () => findCommonName(Uint8Array.of(0x30)));
  });
});

describe('formatName', () => {
  it.each<[string, Uint8Array, string]>([
    [
      'Teletex as Latin-1',
      nameOf(CN, TAG.teletexString, Uint8Array.of(0x5a, 0x6f, 0xeb)),
      'CN=Zoë',
    ],
    ['BMP', nameOf(CN, TAG.bmpString, Uint8Array.of(0x6f, 0x22, 0, 0x41)), 'CN=漢A'],
    ['Universal', nameOf(CN, TAG.universalString, Uint8Array.of(0, 1, 0xf6, 0)), 'CN=😀'],
    ['odd BMP', nameOf(CN, TAG.bmpString, Uint8Array.of(1)), 'CN=#1e0101'],
    ['half a surrogate pair', nameOf(CN, TAG.bmpString, Uint8Array.of(0xd8, 0)), 'CN=#1e02d800'],
    ['Universal out of range', nameOf(CN, TAG.universalString, '\x7f\0\0\0'), 'CN=#1c047f000000'],
    ['malformed UTF-8', nameOf(CN, TAG.utf8String, Uint8Array.of(0xff)), 'CN=#0c01ff'],
    ['an INTEGER', nameOf(CN, TAG.integer, Uint8Array.of(5)), 'CN=#020105'],
    ['an unknown type', nameOf('1.2.3', TAG.utf8String, 'a'), '1.2.3=#0c0161'],
    [
      'control and invisible characters',
      nameOf(CN, TAG.utf8String, 'a\0\n\u202eb'),
      'CN=a\\00\\0A\\E2\\80\\AEb',
    ],
    ['an empty value', nameOf(CN, TAG.utf8String, ''), 'CN='],
    ['the empty name', EMPTY, ''],
    ['DER that is not a Name', Uint8Array.of(0x30, 0x02, 0x05, 0x00), '#30020500'],
    ['malformed DER', Uint8Array.of(0x30, 0x82), '#3082'],
  ])('formats %s', (_, nameDer, expected) => {
    expect(formatName(nameDer).toLowerCase()).toBe(expected.toLowerCase());
  });

  it('never throws, and returns no control or invisible characters', () => {
    const tag = fc.constantFrom(0x02, 0x0c, 0x13, 0x14, 0x16, 0x1c, 0x1e, 0x30);
    const value = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.string({ unit: 'binary' }));
    const name = fc.tuple(fc.constantFrom(CN, C, EMAIL, '1.2.3'), tag, value);
    fc.assert(
      fc.property(
        fc.oneof(
          name.map((it) => nameOf(...it)),
          fc.uint8Array(),
        ),
        (nameDer) => {
          expect(formatName(nameDer)).not.toMatch(
            /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069]/u,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('encodeNameFromText', () => {
  it('writes the same bytes as OpenSSL', () => {
    const { subjectDer } = parseCsr(decodeCsr(csrPem('p-256-sha256')));
    const text = 'CN=host.fixture.test,O=Fixture,C=CN';
    expect(encodeNameFromText(text).toHex()).toBe(subjectDer.toHex());
    expect(formatName(subjectDer)).toBe(text);
  });

  // The first four are the examples of RFC 4514 section 4.
  it.each([
    ['UID=jsmith,DC=example,DC=net', 'UID=jsmith,DC=example,DC=net'],
    ['CN=J.  Smith+OU=Sales,DC=example,DC=net', 'OU=Sales+CN=J.  Smith,DC=example,DC=net'],
    ['CN=James \\"Jim\\" Smith\\, III,DC=net', 'CN=James \\"Jim\\" Smith\\, III,DC=net'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'CN=Lučić'],
    ['cn = a , o= b ', 'CN=a,O=b'],
    ['CN=\\ a\\ ,O=\\#b', 'CN=\\ a\\ ,O=\\#b'],
    ['CN=a\\20', 'CN=a\\ '],
    ['CN=a=b#c', 'CN=a=b#c'],
    ['CN=\\<a\\>\\;\\+\\\\\\=', 'CN=\\<a\\>\\;\\+\\\\='],
    ['CN=#0c0161', 'CN=a'],
    ['1.2.3.4=#0c0161,2.5.4.3=x', '1.2.3.4=#0c0161,CN=x'],
    ['emailAddress=a@example.com,serialNumber=42', 'emailAddress=a@example.com,serialNumber=42'],
    ['CN=漢字 😀', 'CN=漢字 😀'],
  ])('reads %s, which formatName writes as %s', (text, formatted) => {
    expect(formatName(encodeNameFromText(text))).toBe(formatted);
  });

  it('gives each attribute its string type', () => {
    const tagOf = (text: string) => encodeNameFromText(text).at(-3);
    expect(tagOf('CN=a')).toBe(TAG.utf8String);
    expect(tagOf('emailAddress=a')).toBe(TAG.ia5String);
    expect(tagOf('DC=a')).toBe(TAG.ia5String);
    expect(tagOf('x121Address=1')).toBe(TAG.numericString);
    expect(tagOf('1.2.3=a')).toBe(TAG.utf8String);
    expect(encodeNameFromText('C=CN').at(-4)).toBe(TAG.printableString);
  });

  it.each([
    ['', 'empty'],
    ['  ', 'empty'],
    ['CN', 'position 1'],
    ['/CN=a/O=b', 'position 1'],
    ['=a', 'position 1'],
    ['CN=a,', 'position 6'],
    ['CN=a,,O=b', 'position 6'],
    ['CN=a+', 'position 6'],
    ['O=Example, Inc.,C=US', 'position 11'],
    ['CN=', 'CN is empty'],
    ['CN="a"', 'needs a backslash'],
    ['CN=a;O=b', 'needs a backslash'],
    ['CN=<a>', 'needs a backslash'],
    ['CN=#zz', 'needs a backslash'],
    ['CN=#0c01', 'not DER'],
    ['CN=#020105', 'CN is encoded as tag 0x2'],
    ['CN=a\\', 'backslash in CN'],
    ['CN=a\\x', 'backslash in CN'],
    ['CN=\\ff', 'not UTF-8'],
    ['CN=a\\00b', 'U+0000'],
    ['CN=a\nb', 'U+000A'],
    ['C=China', 'two letters'],
    ['C=中国', 'PrintableString'],
    ['X=a', 'the attribute X is unknown'],
    ['3.1=a', '3.1 is not an object identifier'],
    ['1.40=a', 'not an object identifier'],
    ['1.02=a', 'not an object identifier'],
    [`1.2.${'9'.repeat(30)}=a`, 'not an object identifier'],
    [`CN=${'a'.repeat(65)}`, 'CN is longer than 64'],
    ['CN=a+CN=b', 'CN occurs twice'],
  ])('refuses %j', (text, message) => {
    expect(refusalMessage('invalid-subject', () => encodeNameFromText(text))).toContain(message);
  });

  it('refuses a text that is too long', () => {
    const text = `CN=${'a'.repeat(20_000)}`;
    const message = refusalMessage('invalid-subject', () => encodeNameFromText(text));
    expect(message).toContain('longer than 16384 characters');
  });

  it('reads back what formatName writes', () => {
    const value = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter(
        (text) =>
          text.trim() !== '' && !/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(text),
      );
    const special = fc.string({
      unit: fc.constantFrom(...' ,+"\\<>;=#a'),
      minLength: 1,
      maxLength: 8,
    });
    const values = fc.oneof(
      value,
      special.filter((text) => text.trim() !== ''),
    );
    const rdns = fc.array(fc.tuple(fc.constantFrom(CN, '2.5.4.11', '1.2.3'), values), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(rdns, (attributes) => {
        const nameDer = encodeSequence(
          ...attributes.map(([oid, text]) => rdn(attribute(oid, TAG.utf8String, text))),
        );
        expect(encodeNameFromText(formatName(nameDer)).toHex()).toBe(nameDer.toHex());
      }),
      { numRuns: 500 },
    );
  });

  it('throws only SignetError', () => {
    const piece = fc.constantFrom('CN', '=', ',', '+', '\\', '#', '0c', ' ', 'a', '"', '1.2', 'é');
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (it) => allowOnly('invalid-subject', () => encodeNameFromText(it))),
      { numRuns: 1000 },
    );
    const bytesOnly = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytesOnly, (it) => allowOnly('invalid-subject', () => checkSubjectName(it))),
    );
  });

  it('throws only SignetError for mutated names', () => {
    const nameDer = encodeNameFromText('CN=host.example+OU=x,O=Example\\, Inc.,C=CN');
    fc.assert(
      fc.property(fc.nat(nameDer.length - 1), fc.nat(255), (at, byte) => {
        const mutated = nameDer.with(at, byte);
        allowOnly('invalid-subject', () => checkSubjectName(mutated));
        allowOnly('invalid-subject', () => findCommonName(mutated));
        formatName(mutated);
      }),
      { numRuns: 1000 },
    );
  });
});
