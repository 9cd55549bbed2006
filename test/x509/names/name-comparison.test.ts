import { describe, expect, it } from 'vitest';
import { encodeElement, encodeObjectIdentifier, encodeSequence } from '../../../src/asn1/der.ts';
import { canonicalizeName, isSameName } from '../../../src/x509/names/name-comparison.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const SET = 0x31;
const UTF8_STRING = 0x0c;
const PRINTABLE_STRING = 0x13;
const BMP_STRING = 0x1e;
const CN = encodeObjectIdentifier('2.5.4.3');
const nameOf = (tag: number, value: Uint8Array) =>
  encodeSequence(encodeElement(SET, encodeSequence(CN, encodeElement(tag, value))));

const NAME = nameOf(UTF8_STRING, utf8('Example CA'));

describe('isSameName and canonicalizeName', () => {
  it.each([
    ['the same bytes', nameOf(UTF8_STRING, utf8('Example CA'))],
    ['another string type', nameOf(PRINTABLE_STRING, utf8('Example CA'))],
    [
      'BMPString',
      nameOf(BMP_STRING, Uint8Array.from([...'Example CA'].flatMap((c) => [0, c.charCodeAt(0)]))),
    ],
    ['another case', nameOf(UTF8_STRING, utf8('EXAMPLE ca'))],
    ['more white space', nameOf(UTF8_STRING, utf8('  Example   CA '))],
  ])('match for %s', (_, other) => {
    expect(isSameName(NAME, other)).toBe(true);
    expect(canonicalizeName(other)).toBe(canonicalizeName(NAME));
  });

  it.each([
    ['another value', encodeNameFromText('CN=Example CB')],
    ['another attribute', encodeNameFromText('O=Example CA')],
    ['a further RDN', encodeNameFromText('CN=Example CA,O=Example')],
    [
      'a value that holds what separates values',
      nameOf(UTF8_STRING, utf8('Example CA"]["2.5.4.10=a')),
    ],
    ['no RDN', encodeSequence()],
    ['bytes that are not a Name', Uint8Array.of(1, 2, 3)],
  ])('differ for %s', (_, other) => {
    expect(isSameName(NAME, other)).toBe(false);
    expect(canonicalizeName(other)).not.toBe(canonicalizeName(NAME));
  });

  it('compare by bytes what is not a Name', () => {
    expect(isSameName(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(isSameName(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  });
});
