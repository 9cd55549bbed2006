import { describe, expect, it } from 'vitest';
import { LETTERS_AND_DIGITS, randomText } from '../../src/access/random-text.ts';

describe('randomText', () => {
  it('skips bytes that would favour some characters', () => {
    const bytes = [255, 248, 247, 0, 254, 61, 62, 1, 1, 1];
    const take = (length: number) => Uint8Array.from(bytes.splice(0, length));
    // 248 is 4 * 62: the last four characters would come more often.
    expect(randomText(take, LETTERS_AND_DIGITS, 4)).toBe('9A9A');
  });

  it('uses the whole alphabet and returns no text twice', () => {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const texts = Array.from({ length: 200 }, () => randomText(random, LETTERS_AND_DIGITS, 40));
    expect(new Set(texts).size).toBe(200);
    expect(new Set(texts.join(''))).toEqual(new Set(LETTERS_AND_DIGITS));
    expect(texts.every((text) => text.length === 40)).toBe(true);
  });
});
