import { SignetError } from '../errors.ts';

const NAME = /^[A-Za-z][A-Za-z0-9\-/._*]{0,64}$/;
/** Printable characters: no controls, lone surrogates, unassigned code points or line breaks. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
const MAX_BINDING_CHARACTERS = 128;

/** Checks the name of an entry. @throws SignetError invalid-name */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new SignetError(
    'invalid-name',
    'A name has 1 to 65 characters: a letter, then letters, digits and - / . _ *.',
    { field: 'name' },
  );
}

/** Checks a part of a binding: 1 to 128 printable characters, not blank. @throws SignetError invalid-parameter */
export function checkBindingPart(field: 'serviceName' | 'resourceId', text: string): void {
  const isValid =
    text.length <= 2 * MAX_BINDING_CHARACTERS &&
    [...text].length <= MAX_BINDING_CHARACTERS &&
    text.trim() !== '' &&
    PRINTABLE.test(text);
  if (isValid) return;
  throw new SignetError(
    'invalid-parameter',
    `'${field}' must have 1 to ${MAX_BINDING_CHARACTERS} printable characters.`,
    { field },
  );
}
