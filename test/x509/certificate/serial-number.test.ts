import { describe, expect, it } from 'vitest';
import {
  encodeSerialHex,
  generateSerial,
  normalizeSerialHex,
  readSerialHex,
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

describe('readSerialHex and encodeSerialHex', () => {
  it.each([
    ['00', '0'],
    ['4d', '4d'],
    ['0080', '80'],
    ['ff', '-1'],
    ['80', '-80'],
    ['ff7f', '-81'],
    ['b3', '-4d'],
    ['edcc', '-1234'],
    ['ff00', '-100'],
    ['8000', '-8000'],
    [`80${'00'.repeat(19)}`, `-80${'00'.repeat(19)}`],
  ])('the INTEGER %s is %s', (contentHex, serialHex) => {
    expect(readSerialHex(Uint8Array.fromHex(contentHex))).toBe(serialHex);
    expect(encodeSerialHex(serialHex).toHex()).toBe(contentHex);
  });
});

describe('normalizeSerialHex', () => {
  it.each([
    ['0A', 'a'],
    ['00ff', 'ff'],
    ['AB:CD:0e', 'abcd0e'],
    ['f'.repeat(40), 'f'.repeat(40)],
    ['-4D', '-4d'],
    ['-00:4D', '-4d'],
  ])('%s is %s', (text, expected) => {
    expect(normalizeSerialHex(text)).toBe(expected);
  });

  it.each([
    '',
    '0',
    '00',
    '-0',
    '--1',
    '-',
    '1-1',
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
