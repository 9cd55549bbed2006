import { SignetError } from '../errors.ts';

const MAX_NAME_CHARACTERS = 100;

/** A name for people to read, of an account or an access key. @throws SignetError invalid-parameter */
export function checkName(name: string): string {
  const length = [...name].length;
  const clean = name.trim() === name && !/\p{C}|\p{Zl}|\p{Zp}/u.test(name);
  if (clean && length >= 1 && length <= MAX_NAME_CHARACTERS) return name;
  throw new SignetError(
    'invalid-parameter',
    `'name' must have 1 to ${MAX_NAME_CHARACTERS} characters, none of them a control character, and no space at its ends.`,
    { field: 'name' },
  );
}
