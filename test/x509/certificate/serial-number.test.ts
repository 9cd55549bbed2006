import { describe, expect, it } from 'vitest';
import {
  generateSerial,
  normalizeSerialHex,
  serialToHex,
} from '../../../src/x509/certificate/serial-number.ts';

describe('generateSerial', () => {
  it('uses 128 random bits and never returns zero', () => {
    const draws = [new Uint8Array(16), new Uint8Array(16).fill(9)];
    const lengths: number[] = [];
    const serial = generateSerial((length) => {
      lengths.push(length);
      return draws.shift() ?? new Uint8Array(length);
    });
    expect(lengths).toEqual([16, 16]);
    expect(serialToHex(serial)).toBe('09'.repeat(16).slice(1));
  });
});

describe('normalizeSerialHex', () => {
  it.each([
    ['0A', 'a'],
    ['00ff', 'ff'],
    ['AB:CD:0e', 'abcd0e'],
    ['f'.repeat(40), 'f'.repeat(40)],
  ])('%s is %s', (text, expected) => {
    expect(normalizeSerialHex(text)).toBe(expected);
  });

  it.each([
    '',
    '0',
    '00',
    '-1',
    '0x1f',
    'xyz',
    ':',
    'ab:',
    'a b',
    'f'.repeat(41),
    'f'.repeat(1000),
  ])('refuses %s', (text) => {
    expect(normalizeSerialHex(text)).toBeNull();
  });
});
