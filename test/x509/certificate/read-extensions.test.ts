import { describe, expect, it } from 'vitest';
import { DerError } from '../../../src/asn1/der.ts';
import { parseExtensions } from '../../../src/x509/certificate/extensions.ts';
import { der } from '../../make-csr.ts';

const ID = der(0x06, Uint8Array.of(0x2a, 3));
const OTHER_ID = der(0x06, Uint8Array.of(0x2a, 4));
const VALUE = der(0x04, Uint8Array.of(5, 0));
const boolean = (octet: number) => der(0x01, Uint8Array.of(octet));

const parse = (...extensions: Uint8Array[]) => parseExtensions(der(0x30, ...extensions));

describe('parseExtensions', () => {
  it('keeps order, criticality and values', () => {
    const map = parse(der(0x30, OTHER_ID, boolean(0xff), VALUE), der(0x30, ID, VALUE));
    expect([...map]).toEqual([
      ['1.2.4', { critical: true, valueDer: Uint8Array.of(5, 0) }],
      ['1.2.3', { critical: false, valueDer: Uint8Array.of(5, 0) }],
    ]);
  });

  it.each([
    ['an extension that is a SET', der(0x31, ID, VALUE), 'wrong type'],
    ['an extension without a value', der(0x30, ID), 'lacks its extnValue'],
    ['an extension without an id', der(0x30, VALUE), 'lacks its extnID'],
    ['a value before the criticality', der(0x30, ID, VALUE, boolean(0xff)), 'misplaced element'],
    [
      'two criticalities',
      der(0x30, ID, boolean(0xff), boolean(0xff), VALUE),
      'lacks its extnValue',
    ],
    ['two values', der(0x30, ID, VALUE, VALUE), 'extra or misplaced element'],
    [
      'a value that is not an OCTET STRING',
      der(0x30, ID, der(0x03, Uint8Array.of(0))),
      'lacks its extnValue (found tag 0x03)',
    ],
    ['an empty extension', der(0x30), 'lacks its extnID'],
    ['critical FALSE', der(0x30, ID, boolean(0), VALUE), 'writes out the default of critical'],
  ])('refuses %s', (_name, extension, reason) => {
    expect(() => parse(extension)).toThrow(DerError);
    expect(() => parse(extension)).toThrow(reason);
  });

  it('refuses an extension that occurs twice', () => {
    expect(() => parse(der(0x30, ID, VALUE), der(0x30, ID, VALUE))).toThrow('1.2.3 occurs twice');
  });

  it('refuses an empty list and what is not a SEQUENCE', () => {
    expect(() => parse()).toThrow('Extensions is empty');
    expect(() => parseExtensions(der(0x31))).toThrow(DerError);
  });
});
