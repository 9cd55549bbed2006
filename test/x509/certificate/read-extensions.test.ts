import { describe, expect, it } from 'vitest';
import { DerError, readElement } from '../../../src/asn1/der.ts';
import { readExtensions } from '../../../src/x509/certificate/extensions.ts';
import { der } from '../../make-csr.ts';

const ID = der(0x06, Uint8Array.of(0x2a, 3));
const OTHER_ID = der(0x06, Uint8Array.of(0x2a, 4));
const VALUE = der(0x04, Uint8Array.of(5, 0));
const boolean = (octet: number) => der(0x01, Uint8Array.of(octet));

const read = (...extensions: Uint8Array[]) => readExtensions(readElement(der(0x30, ...extensions)));

describe('readExtensions', () => {
  it('keeps order, criticality and values', () => {
    const map = read(
      der(0x30, OTHER_ID, boolean(0xff), VALUE),
      der(0x30, ID, VALUE),
      der(0x30, der(0x06, Uint8Array.of(0x2a, 5)), boolean(0), VALUE),
    );
    expect([...map]).toEqual([
      ['1.2.4', { critical: true, valueDer: Uint8Array.of(5, 0) }],
      ['1.2.3', { critical: false, valueDer: Uint8Array.of(5, 0) }],
      ['1.2.5', { critical: false, valueDer: Uint8Array.of(5, 0) }],
    ]);
    expect(read().size).toBe(0);
  });

  it.each([
    ['an extension that is a SET', der(0x31, ID, VALUE)],
    ['an extension without a value', der(0x30, ID)],
    ['an extension without an id', der(0x30, VALUE)],
    ['a value before the criticality', der(0x30, ID, VALUE, boolean(0xff))],
    ['two criticalities', der(0x30, ID, boolean(0), boolean(0xff), VALUE)],
    ['two values', der(0x30, ID, VALUE, VALUE)],
    ['a value that is no OCTET STRING', der(0x30, ID, der(0x03, Uint8Array.of(0)))],
    ['an empty extension', der(0x30)],
  ])('refuses %s', (_name, extension) => {
    expect(() => read(extension)).toThrow(DerError);
  });

  it('refuses an extension that stands twice, and what is no SEQUENCE', () => {
    expect(() => read(der(0x30, ID, VALUE), der(0x30, ID, VALUE))).toThrow('1.2.3 stands twice');
    expect(() => readExtensions(readElement(der(0x31)))).toThrow(DerError);
  });
});
