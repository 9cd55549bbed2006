/** Spelling of field names and status words: certName and IN_USE, or certname and in_use. */
export type Spelling = 'camel' | 'lower';

/** The names in requests that differ in the two spellings. */
const NAMES = new Set(
  [
    'certName',
    'certServerData',
    'certPrivateData',
    'certLinkData',
    'certType',
    'certData',
    'uploadPublicKey',
    'createTime',
  ].map((name) => name.toLowerCase()),
);

/**
 * Returns the spelling of a request: lower case if all its known names are in lower case. Some clients
 * were written from a copy of the vendor's document that had lost its capitals.
 * @param fallback for a request without such names
 */
export function readSpelling(names: readonly string[], fallback: Spelling): Spelling {
  const own = names.filter((name) => NAMES.has(name.toLowerCase()));
  if (own.length === 0) return fallback;
  return own.every((name) => name === name.toLowerCase()) ? 'lower' : 'camel';
}

export type AnswerValue =
  | string
  | number
  | boolean
  | readonly AnswerValue[]
  | { readonly [field: string]: AnswerValue };

/** Rewrites the field names and status words of an answer in `spelling`. */
export function spellAnswer(value: AnswerValue, spelling: Spelling): AnswerValue {
  return spelling === 'camel' ? value : spellLower(value);
}

function spellLower(value: AnswerValue): AnswerValue {
  if (typeof value !== 'object') return value;
  if (isArray(value)) return value.map(spellLower);
  return Object.fromEntries(
    Object.entries(value).map(([field, member]) => [
      field.toLowerCase(),
      field === 'status' && typeof member === 'string' ? member.toLowerCase() : spellLower(member),
    ]),
  );
}

/** Array.isArray does not narrow a readonly array. */
function isArray(value: AnswerValue): value is readonly AnswerValue[] {
  return Array.isArray(value);
}
