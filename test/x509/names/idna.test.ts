import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainBadALabel } from '../../../src/x509/names/idna.ts';
import { decodePunycode, encodePunycode } from '../../../src/x509/names/punycode.ts';

const explain = (label: string) => explainBadALabel(`xn--${encodePunycode(label)}`);

describe('explainBadALabel', () => {
  it.each([
    ['German', 'stra\u00dfe'],
    ['the final sigma', '\u03c2'],
    ['Hangul', '\uac00'],
    ['Han', '\u4e2d\u56fd'],
    ['Hebrew with digits at the end', '\u05d0\u05d112'],
    ['extended Arabic-Indic digits', '\u06f0\u06f1'],
    [
      'a zero-width non-joiner between letters that join',
      '\u0646\u0627\u0645\u0647\u200c\u0627\u06cc',
    ],
    ['a zero-width joiner after a virama', '\u0915\u094d\u200d\u0937'],
    ['a zero-width non-joiner after a virama at the end', '\u0915\u094d\u200c'],
    ['a middle dot between two l', 'l\u00b7l'],
    ['a keraia before Greek', '\u03b1\u0375\u03b2'],
    ['a geresh after Hebrew', '\u05d0\u05f3'],
    ['a Katakana middle dot beside Katakana', '\u30a2\u30fb\u30a2'],
  ])('accepts %s', (_, label) => {
    expect(explain(label)).toBeNull();
  });

  it.each([
    ['an emoji', '\u2615', 'U+2615'],
    ['a capital letter', '\u00c4', 'U+00C4'],
    ['a half-width letter', '\uff71', 'U+FF71'],
    ['a ligature', '\ufb01', 'U+FB01'],
    ['a full stop of another script', 'a\u3002', 'U+3002'],
    ['the tatweel', '\u0628\u0640', 'U+0640'],
    ['a private-use character', '\ue000x', 'U+E000'],
    ['an unassigned code point', '\u0378x', 'U+0378'],
    ['a variation selector', '\u4e2d\ufe00', 'U+FE00'],
    ['a bidirectional control', 'a\u202eb', 'U+202E'],
    ['a zero-width space', 'a\u200bb', 'U+200B'],
    ['a symbol mark', 'a\u20e3', 'U+20E3'],
    ['old Hangul jamo', '\u1100', 'U+1100'],
    ['a joiner without a virama', 'a\u200db\u00fc', 'U+200D'],
    ['a non-joiner after a letter that does not join', '\u0627\u200c\u0627', 'U+200C'],
    ['a middle dot elsewhere', 'l\u00b7', 'U+00B7'],
    ['a keraia at the end', '\u03b1\u0375', 'U+0375'],
    ['a geresh at the beginning', '\u05f3\u05d0', 'U+05F3'],
    ['a Katakana middle dot in Latin', 'a\u30fbb', 'U+30FB'],
    ['both kinds of Arabic-Indic digits', '\u0628\u0660\u06f1', 'U+0660'],
    ['text that is not in NFC', 'bu\u0308cher', 'normalization form C'],
    ['a combining mark at the beginning', '\u0327a', 'begins with a combining mark'],
    ['hyphens in the third and fourth place', 'xx--\u00fc', 'misplaced hyphens'],
    ['Hebrew after a digit', '1\u05d0', 'writing directions'],
    ['Hebrew before a Latin letter', '\u05d0a', 'writing directions'],
    ['Arabic digits alone', '\u0660\u0661', 'writing directions'],
    ['two kinds of digits in Hebrew', '\u05d0\u06601', 'writing directions'],
    ['ASCII', 'abc', 'decodes to ASCII'],
  ])('refuses %s', (_, label, reason) => {
    expect(explain(label)).toContain(reason);
  });

  it.each([
    ['text that is not Punycode', 'xn--a_b'],
    ['a code point above the last one', 'xn--99999999'],
  ])('refuses %s', (_, label) => {
    expect(explainBadALabel(label)).toBe('it does not decode');
  });

  it('ignores the case of an A-label', () => {
    expect(explainBadALabel('XN--MNCHEN-3YA')).toBeNull();
  });

  it('accepts what the platform makes of letters in lower case', () => {
    const letters = fc.array(
      fc.constantFrom(...'abz059\u00e4\u00f6\u00fc\u03b1\u0436\u4e2d\u3042'),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(letters, (characters) => {
        const ascii = new URL(`http://${characters.join('')}x/`).hostname;
        if (ascii.startsWith('xn--')) expect(explainBadALabel(ascii)).toBeNull();
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        explainBadALabel(`xn--${text}`);
        explain(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('encodePunycode', () => {
  it('is the inverse of decodePunycode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        fc.pre(/[^-\p{ASCII}]/u.test(text) && text.isWellFormed());
        expect(decodePunycode(encodePunycode(text))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});
