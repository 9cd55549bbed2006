import { TAG } from '../../asn1/der.ts';
import { compareEncodings } from '../../asn1/strict-der.ts';
import { decodeString, findDeceptiveCharacter } from '../../asn1/strings.ts';
import { SignetError } from '../../errors.ts';
import { type AttributeType, getAttributeType, STRING_TAGS } from './name-attributes.ts';
import type { NameAttribute } from './name-der.ts';

const TAG_NAMES: Readonly<Record<number, string>> = {
  [TAG.utf8String]: 'UTF8String',
  [TAG.printableString]: 'PrintableString',
  [TAG.ia5String]: 'IA5String',
  [TAG.numericString]: 'NumericString',
  [TAG.teletexString]: 'TeletexString',
  [TAG.bmpString]: 'BMPString',
  [TAG.universalString]: 'UniversalString',
  [TAG.visibleString]: 'VisibleString',
};

const PRINTABLE = /^[A-Za-z0-9 '()+,./:=?-]*$/;
const NUMERIC = /^[0-9 ]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: IA5String includes control characters
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Checks one RDN: the string type, alphabet and length of each value, that no attribute type occurs
 * twice (X.501 section 9.3), and that the SET is in DER order.
 * @throws SignetError invalid-subject; the message names the attribute
 */
export function checkRdn(attributes: readonly NameAttribute[]): void {
  const seen = new Set<string>();
  let previous: NameAttribute | undefined;
  for (const attribute of attributes) {
    const type = getAttributeType(attribute.oid);
    if (seen.has(attribute.oid)) {
      throw invalidSubject(
        `${type.name} occurs twice in one RDN: use a separate RDN for each value`,
      );
    }
    seen.add(attribute.oid);
    if (previous !== undefined && compareEncodings(previous.bytes, attribute.bytes) > 0) {
      throw invalidSubject(
        'the attributes of an RDN are not in DER order: sort them by their encoding (X.690 section 11.6)',
      );
    }
    previous = attribute;
    checkValue(type, attribute);
  }
}

function checkValue(type: AttributeType, { value }: NameAttribute): void {
  const { name } = type;
  const tagName = TAG_NAMES[value.tag] ?? `tag 0x${value.tag.toString(16)}`;
  if (!STRING_TAGS[type.form].includes(value.tag)) {
    const wanted = STRING_TAGS[type.form].map((tag) => TAG_NAMES[tag]).join(' or ');
    const isOutdated =
      value.tag === TAG.teletexString ||
      value.tag === TAG.bmpString ||
      value.tag === TAG.universalString;
    throw invalidSubject(
      isOutdated
        ? `${name} is a ${tagName}, which new subjects must not use (RFC 5280 section 4.1.2.4): encode it as ${wanted}`
        : `${name} is encoded as ${tagName}: encode it as ${wanted}`,
    );
  }
  const text = decodeString(value);
  if (text === null) throw invalidSubject(`${name} is not a valid ${tagName}: encode it in UTF-8`);
  const alphabetHint = explainWrongAlphabet(value.tag, text);
  if (alphabetHint !== null) throw invalidSubject(`${name} ${alphabetHint}`);
  if (text.trim() === '') throw invalidSubject(`${name} is empty: fill it or leave it out`);
  const deceptive = findDeceptiveCharacter(text);
  if (deceptive !== null) {
    throw invalidSubject(
      `${name} has the control, invisible or unassigned character ${deceptive}: remove it${
        /^U\+00[89]/.test(deceptive)
          ? ' (text that was encoded in UTF-8 twice has such characters: use openssl req -utf8)'
          : ''
      }`,
    );
  }
  if (type.form === 'country') {
    if (!/^[A-Za-z]{2}$/.test(text)) {
      throw invalidSubject(`${name} must be a country code of two letters (ISO 3166)`);
    }
  } else if (text.length > type.maxLength && [...text].length > type.maxLength) {
    throw invalidSubject(`${name} is longer than ${type.maxLength} characters: shorten it`);
  }
}

function explainWrongAlphabet(tag: number, text: string): string | null {
  if (tag === TAG.printableString && !PRINTABLE.test(text)) {
    return "has a character outside PrintableString (letters, digits, space and '()+,-./:=?): encode it as UTF8String if its type allows that";
  }
  if (tag === TAG.numericString && !NUMERIC.test(text)) {
    return 'has a character other than digits and spaces in a NumericString';
  }
  if (tag === TAG.ia5String && !ASCII.test(text)) {
    return 'has a character outside ASCII: write internationalised domains as A-labels (xn--…)';
  }
  return null;
}

export function invalidSubject(reason: string, cause?: unknown): SignetError {
  return new SignetError('invalid-subject', `The name is not valid: ${reason}.`, {
    field: 'subject',
    ...(cause === undefined ? {} : { cause }),
  });
}
