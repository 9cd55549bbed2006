import { NON_JOINER_BETWEEN_JOINING } from './joining-types.ts';
import { decodePunycode, encodePunycode } from './punycode.ts';

/**
 * IDNA2008 (RFC 5890 to 5893): which A-labels and U-labels are valid. RFC 5892 derives the code points
 * from Unicode properties, and so does this: it follows the Unicode version of the platform.
 */

/** RFC 5892 section 2.6 (PVALID) and section 2.4 (LDH). */
const ALWAYS_VALID = /^[a-z0-9\u00df\u03c2\u06fd\u06fe\u0f0b\u3007-]$/u;
/** RFC 5892 section 2.6 (DISALLOWED), 2.8 (IgnorableBlocks) and 2.9 (OldHangulJamo). */
const NEVER_VALID =
  /^[\u20d0-\u20ff\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u{1d100}-\u{1d24f}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]$/u;
/** RFC 5892 section 2.1 (LetterDigits). Unassigned and private-use code points are not among them. */
const LETTER_OR_DIGIT = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u;
/** RFC 5892 sections 2.2 (Unstable) and 2.3 (IgnorableProperties). */
const UNSTABLE =
  /^[\p{Changes_When_NFKC_Casefolded}\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]$/u;

const JOINER = /[\u200c\u200d]/u;
const JOINERS = /[\u200c\u200d]/gu;
const ARABIC_INDIC_DIGIT = /[\u0660-\u0669]/u;
const EXTENDED_ARABIC_INDIC_DIGIT = /[\u06f0-\u06f9]/u;

/**
 * Removes the code points of RFC 5892 appendix A that stand where its rules allow them; of those that
 * may stand anywhere in a fitting label, see isInFittingLabel.
 */
const IN_CONTEXT = [
  /(?<=l)\u00b7(?=l)/gu,
  /\u0375(?=\p{Script=Greek})/gu,
  /(?<=\p{Script=Hebrew})[\u05f3\u05f4]/gu,
];

/**
 * Returns null for a valid A-label (RFC 5890 section 2.3.2.1). Otherwise it returns the reason as a
 * clause.
 * @param label of letters, digits and hyphens, beginning with "xn--" in any case
 */
export function explainBadALabel(label: string): string | null {
  const encoded = label.slice(4).toLowerCase();
  const decoded = decodePunycode(encoded);
  if (decoded === null || encodePunycode(decoded) !== encoded) return 'it does not decode';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(decoded)) return 'it decodes to ASCII';
  return explainBadULabel(decoded);
}

/** RFC 5891 section 4.2. */
function explainBadULabel(label: string): string | null {
  if (label !== label.normalize('NFC')) return 'it is not in Unicode normalization form C';
  if (/^-|-$|^..--/u.test(label)) return 'it decodes to a label with misplaced hyphens';
  if (/^\p{M}/u.test(label)) return 'it begins with a combining mark';
  const rest = IN_CONTEXT.reduce((text, rule) => text.replace(rule, ''), removeJoiners(label));
  for (const character of rest) {
    if (!isValid(character) && !isInFittingLabel(character, label)) {
      const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return `it has the character U+${codePoint.padStart(4, '0')} where it is not allowed`;
    }
  }
  return isBidiValid(label.replace(JOINERS, ''))
    ? null
    : 'it mixes writing directions (RFC 5893 section 2)';
}

/** Whether the derived property is PVALID (RFC 5892 section 3). */
function isValid(character: string): boolean {
  if (ALWAYS_VALID.test(character)) return true;
  return (
    LETTER_OR_DIGIT.test(character) &&
    !NEVER_VALID.test(character) &&
    !UNSTABLE.test(character) &&
    !ARABIC_INDIC_DIGIT.test(character) &&
    !EXTENDED_ARABIC_INDIC_DIGIT.test(character)
  );
}

/** RFC 5892 appendices A.7 to A.9. */
function isInFittingLabel(character: string, label: string): boolean {
  if (character === '\u30fb')
    return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(label);
  if (ARABIC_INDIC_DIGIT.test(character)) return !EXTENDED_ARABIC_INDIC_DIGIT.test(label);
  if (EXTENDED_ARABIC_INDIC_DIGIT.test(character)) return !ARABIC_INDIC_DIGIT.test(label);
  return false;
}

/** Removes zero-width joiners and non-joiners where RFC 5892 appendices A.1 and A.2 allow them. */
function removeJoiners(label: string): string {
  if (!JOINER.test(label)) return label;
  const characters = [...label.replace(NON_JOINER_BETWEEN_JOINING, '')];
  return characters
    .filter((character, at) => !(JOINER.test(character) && isVirama(characters[at - 1])))
    .join('');
}

/**
 * Whether the Canonical_Combining_Class is 9. RegExp has no escape for it, but normalization sorts
 * marks by it: U+05B0 has class 10, U+3099 has class 8.
 */
function isVirama(character: string | undefined): boolean {
  if (character === undefined || !/^\p{M}$/u.test(character)) return false;
  return (
    `\u05b0${character}`.normalize('NFD').startsWith(character) &&
    `${character}\u3099`.normalize('NFD').startsWith('\u3099')
  );
}

/** Right-to-left scripts: letters and digits of the classes R, AL, AN and EN, and marks. */
const RIGHT_TO_LEFT = String.raw`\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}`;
const HAS_RIGHT_TO_LEFT = new RegExp(
  `(?!\\p{Mn}|${EXTENDED_ARABIC_INDIC_DIGIT.source})[${RIGHT_TO_LEFT}]`,
  'u',
);
const NUMBER = String.raw`\u0660-\u0669\u{10d30}-\u{10d39}`;
/** The first is a letter; no letter of another direction; marks may follow the last. */
const RIGHT_TO_LEFT_LABEL = new RegExp(
  `^(?![${NUMBER}\\u06f0-\\u06f9\\p{Mn}])[${RIGHT_TO_LEFT}](?:[${RIGHT_TO_LEFT}0-9\\p{Mn}-]*(?!\\p{Mn})[${RIGHT_TO_LEFT}0-9])?\\p{Mn}*$`,
  'u',
);
const HAS_NUMBER = new RegExp(`[${NUMBER}]`, 'u');

/** The Bidi Rule (RFC 5893 section 2) for labels with right-to-left characters. */
function isBidiValid(label: string): boolean {
  if (!HAS_RIGHT_TO_LEFT.test(label)) return true;
  const mixesNumbers = HAS_NUMBER.test(label) && /[0-9\u06f0-\u06f9]/u.test(label);
  return RIGHT_TO_LEFT_LABEL.test(label) && !mixesNumbers;
}
