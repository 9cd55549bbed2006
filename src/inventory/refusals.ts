import { SignetError } from '../errors.ts';

/** The refusals that several operations share, in one wording. */

/** What another account owns is answered like this too. */
export function notFound(): SignetError {
  return new SignetError('inventory-not-found', 'There is no such certificate in the inventory.', {
    field: 'id',
  });
}

export function nameTaken(): SignetError {
  return new SignetError('name-taken', 'Another certificate has this name: choose another one.', {
    field: 'name',
  });
}

export function inUse(): SignetError {
  return new SignetError(
    'in-use',
    'The certificate is in use: remove its bindings first, each where it is used.',
    { field: 'id' },
  );
}

/** Lost races that a second try settles. */
export function tryAgain(): SignetError {
  return new SignetError('record-unavailable', 'The record could not be written; try again.');
}
