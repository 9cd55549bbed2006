import { SignetError } from '../errors.ts';

/** The refusal for an unknown authority, and for one that the account must not know of. */
export function authorityNotFound(id: string): SignetError {
  return new SignetError('authority-not-found', `There is no authority '${id.slice(0, 64)}'.`, {
    field: 'authority',
  });
}
