import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePunycode } from '../../../src/x509/names/punycode.ts';

describe('decodePunycode', () => {
  // From RFC 3492 section 7.1 (A, B, C, I, L, S), and domains in use.
  it.each([
    ['egbpdaj6bu4bxfgehfvwxn', 'ليهمابتكلموشعربي؟'],
    ['ihqwcrb4cv8a8dqg056pqjye', '他们为什么不说中文'],
    ['ihqwctvzc91f659drss3x8bo0yb', '他們爲什麽不說中文'],
    ['b1abfaaepdrnnbgefbadotcwatmq2g4l', 'почемужеонинеговорятпорусски'],
    ['3B-ww4c5e180e575a65lsy2b', '3年B組金八先生'],
    ['-> $1.00 <--', '-> $1.00 <-'],
    ['bcher-kva', 'bücher'],
    ['mnchen-3ya', 'münchen'],
    ['fiqs8s', '中国'],
    ['', ''],
    ['abc-', 'abc'],
  ])('decodes %s to %s', (encoded, expected) => {
    expect(decodePunycode(encoded)).toBe(expected);
  });

  it.each([
    ['truncated text', 'ihqwcrb4cv8a8dqg056pqjy'],
    ['a character that is not a digit', 'a_b'],
    ['a code point above the last one', '99999999'],
    ['a surrogate', 'ib9b'],
  ])('returns null for %s', (_, encoded) => {
    expect(decodePunycode(encoded)).toBeNull();
  });

  it('decodes what the platform encodes', () => {
    const letters = fc.array(
      fc.constantFrom(
        ...'abcdefz059äöüßéñčøłαβγдежз中文字例え日本語한국어עבריתไทย'.replace(/ß/g, ''),
      ),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(letters, (characters) => {
        const label = `a${characters.join('')}a`.normalize('NFC');
        let ascii: string;
        try {
          ascii = new URL(`http://${label}/`).hostname;
        } catch {
          return;
        }
        fc.pre(ascii.startsWith('xn--'));
        expect(decodePunycode(ascii.slice(4))).toBe(label);
      }),
    );
  });

  it('returns well-formed text or null for any label', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 59 }), (text) => {
        const decoded = decodePunycode(text);
        expect(decoded === null || decoded.isWellFormed()).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
