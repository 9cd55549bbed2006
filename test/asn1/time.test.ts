import { describe, expect, it } from 'vitest';
import { DerError, encodeElement, readElement, TAG } from '../../src/asn1/der.ts';
import { decodeTime, encodeTime } from '../../src/asn1/time.ts';

const text = (der: Uint8Array) => new TextDecoder().decode(readElement(der).content);
const seconds = (iso: string) => Date.parse(iso) / 1000;
const element = (tag: number, value: string) =>
  readElement(encodeElement(tag, new TextEncoder().encode(value)));

describe('encodeTime', () => {
  it.each([
    ['2026-11-22T03:04:05Z', TAG.utcTime, '261122030405Z'],
    ['2049-12-31T23:59:59Z', TAG.utcTime, '491231235959Z'],
    ['2050-01-01T00:00:00Z', TAG.generalizedTime, '20500101000000Z'],
    ['1950-01-01T00:00:00Z', TAG.utcTime, '500101000000Z'],
  ])('%s (RFC 5280 section 4.1.2.5)', (iso, tag, expected) => {
    const der = encodeTime(seconds(iso));
    expect(der[0]).toBe(tag);
    expect(text(der)).toBe(expected);
    expect(decodeTime(readElement(der))).toBe(seconds(iso));
  });
});

describe('decodeTime', () => {
  it.each([
    [TAG.utcTime, '2611220304Z'],
    [TAG.utcTime, '261122030405+0000'],
    [TAG.utcTime, '260230000000Z'],
    [TAG.utcTime, '261301000000Z'],
    [TAG.generalizedTime, '20261122030405.5Z'],
    [TAG.generalizedTime, '20261122030460Z'],
    [TAG.octetString, '20261122030405Z'],
  ])('refuses %s %s', (tag, value) => {
    expect(() => decodeTime(element(tag, value))).toThrow();
  });

  it('refuses a very long time', () => {
    const long = readElement(encodeElement(TAG.utcTime, new Uint8Array(1024 * 1024).fill(0x30)));
    expect(() => decodeTime(long)).toThrow(DerError);
  });
});
