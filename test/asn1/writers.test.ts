import {
  AsnBitStringConverter,
  AsnIntegerArrayBufferConverter,
  AsnObjectIdentifierConverter,
  AsnOctetStringConverter,
  AsnSerializer,
} from '@peculiar/asn1-schema';
import { Time } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeUnsignedInteger,
  MAX_ARC,
  readElement,
  readObjectIdentifier,
  TAG,
} from '../../src/asn1/der.ts';
import { isObjectIdentifier } from '../../src/asn1/object-identifier.ts';
import { decodeTime, encodeTime } from '../../src/asn1/time.ts';

const byLibrary = (value: unknown) => new Uint8Array(AsnSerializer.serialize(value)).toHex();
const buffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

describe('the writers of DER, compared with the schema library', () => {
  it('write INTEGERs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (bytes) => {
        const element = encodeUnsignedInteger(bytes);
        const content = buffer(readElement(element).content);
        expect(element.toHex()).toBe(byLibrary(AsnIntegerArrayBufferConverter.toASN(content)));
      }),
    );
  });

  it('write BIT STRINGs and OCTET STRINGs of every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70_000, size: 'max' }), (bytes) => {
        expect(encodeBitString(bytes).toHex()).toBe(
          byLibrary(AsnBitStringConverter.toASN(buffer(bytes))),
        );
        expect(encodeElement(TAG.octetString, bytes).toHex()).toBe(
          byLibrary(AsnOctetStringConverter.toASN(buffer(bytes))),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('write and read OBJECT IDENTIFIERs', () => {
    const arc = fc.oneof(fc.nat(200), fc.nat(), fc.integer({ min: 0, max: MAX_ARC - 80 }));
    const oid = fc
      .tuple(fc.nat(2), fc.nat(39), fc.array(arc, { maxLength: 10 }))
      .map(([root, second, rest]) => [root, second, ...rest].join('.'));
    fc.assert(
      fc.property(oid, (dotted) => {
        expect(isObjectIdentifier(dotted)).toBe(true);
        const element = encodeObjectIdentifier(dotted);
        expect(element.toHex()).toBe(byLibrary(AsnObjectIdentifierConverter.toASN(dotted)));
        expect(readObjectIdentifier(readElement(element))).toBe(dotted);
      }),
    );
  });

  it('write and read times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) / 1000 }), (seconds) => {
        const element = encodeTime(seconds);
        expect(element.toHex()).toBe(byLibrary(new Time(new Date(seconds * 1000))));
        expect(decodeTime(readElement(element))).toBe(seconds);
      }),
    );
  });
});
