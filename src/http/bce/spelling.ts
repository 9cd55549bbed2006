/** How field names and status words are written: certName and IN_USE, or certname and in_use. */
export type Spelling = 'camel' | 'lower';

/** Names that differ in their two spellings, in a body or a query. */
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
 * The spelling of a request: small letters where every name that this API knows is written so, for
 * clients made after a copy of its document that had lost its capitals.
 * @param fallback for a request that has no such name
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

/** The answer with the names of all its fields, and the status words, in `spelling`. */
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
