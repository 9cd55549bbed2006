import { SignetError } from '../errors.ts';

const MAX_NAME_CHARACTERS = 100;

/** Checks the display name of an account or an access key. @throws SignetError invalid-parameter */
export function checkName(name: string): string {
  const length = [...name].length;
  const clean = name.trim() === name && !/\p{C}|\p{Zl}|\p{Zp}/u.test(name);
  if (clean && length >= 1 && length <= MAX_NAME_CHARACTERS) return name;
  throw new SignetError(
    'invalid-parameter',
    `'name' must have 1 to ${MAX_NAME_CHARACTERS} characters, no control characters, and no space at either end.`,
    { field: 'name' },
  );
}

/** Checks when an access key or another credential expires. @throws SignetError invalid-parameter */
export function checkExpiry(expiresAtSeconds: number | null, nowMs: number): number | null {
  if (expiresAtSeconds === null || expiresAtSeconds * 1000 > nowMs) return expiresAtSeconds;
  throw new SignetError('invalid-parameter', "'expiresAt' must be in the future, or null.", {
    field: 'expiresAt',
  });
}
