import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DerError,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  readElement,
  readObjectIdentifier,
  readUnsignedInteger,
  TAG,
} from '../../src/asn1/der.ts';
import { assertStrictDer } from '../../src/asn1/strict-der.ts';
import { bytesToBigInt } from '../../src/bytes.ts';

const hex = (text: string) => Uint8Array.fromHex(text);

describe('readElement', () => {
  it.each([
    ['30', 'truncated element'],
    ['3080', 'indefinite length'],
    ['308100', 'length not minimal'],
    ['30817f', 'length not minimal'],
    ['30820001', 'length not minimal'],
    ['30850000000001', 'length not minimal'],
    ['30850100000000', 'length over 4 bytes'],
    ['300100'.slice(0, 4), 'content runs past the end'],
    ['1f0100', 'multi-byte tag'],
    ['3082', 'truncated length'],
  ])('refuses %s: %s', (text, reason) => {
    expect(() => readElement(hex(text))).toThrow(reason);
  });

  it('reads what encodeElement writes, at every length', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65535, 65536]) {
      const content = new Uint8Array(length).fill(7);
      const element = readElement(encodeElement(TAG.octetString, content));
      expect(element.content).toEqual(content);
      expect(element.bytes.length).toBe(encodeElement(TAG.octetString, content).length);
    }
  });
});

describe('assertStrictDer', () => {
  it.each([
    ['010101', 'BOOLEAN'],
    ['0200', 'empty INTEGER'],
    ['02020001', 'INTEGER not minimal'],
    ['0202ff80', 'INTEGER not minimal'],
    ['050100', 'NULL with content'],
    ['030108', 'unused bits'],
    ['03020401', 'padding bits set'],
    ['0c02c328', 'not UTF-8'],
    ['0c03eda080', 'not UTF-8'],
    ['3106020102020101', 'SET OF not sorted'],
    ['060a2a818080808080808000', 'arc of 2^49 or more'],
    ['2403040101', 'constructed string'],
    ['1000', 'primitive SEQUENCE'],
    ['0500ff', 'bytes after'],
    ['06028001', 'arc not minimal'],
    ['060181', 'truncated OBJECT IDENTIFIER'],
  ])('refuses %s: %s', (text, reason) => {
    expect(() => assertStrictDer(hex(text))).toThrow(reason);
  });

  it('refuses deep nesting', () => {
    let der: Uint8Array = hex('0500');
    for (let i = 0; i < 30; i++) der = encodeSequence(der);
    expect(() => assertStrictDer(der)).toThrow(
      "DER beyond Signet's limits: nested deeper than 24 levels",
    );
  });

  it('throws only DerError, for any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          assertStrictDer(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
    );
  });
});

describe('integers and object identifiers', () => {
  it('round-trips integers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const element = readElement(encodeUnsignedInteger(bytes));
        expect(bytesToBigInt(readUnsignedInteger(element))).toBe(bytesToBigInt(bytes));
        assertStrictDer(element.bytes);
      }),
    );
  });

  it('refuses negative integers', () => {
    expect(() => readUnsignedInteger(readElement(hex('0201ff')))).toThrow('negative');
  });

  it.each([
    ['1.2.840.113549.1.1.11', '06092a864886f70d01010b'],
    ['2.5.29.17', '0603551d11'],
    ['1.3.101.112', '06032b6570'],
    ['2.999.3', '0603883703'],
  ])('writes and reads %s', (dotted, text) => {
    expect(encodeObjectIdentifier(dotted).toHex()).toBe(text);
    expect(readObjectIdentifier(readElement(hex(text)))).toBe(dotted);
  });
});
