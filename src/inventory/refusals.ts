import { SignetError } from '../errors.ts';

/** Also the answer for entries of other accounts. */
export function notFound(): SignetError {
  return new SignetError('inventory-not-found', 'There is no such certificate in the inventory.', {
    field: 'id',
  });
}

export function nameTaken(): SignetError {
  return new SignetError('name-taken', 'Another certificate has this name. Choose another name.', {
    field: 'name',
  });
}

export function inUse(): SignetError {
  return new SignetError('in-use', 'The certificate is in use. Remove its bindings first.', {
    field: 'id',
  });
}

/** For changes that collided with another one. */
export function tryAgain(): SignetError {
  return new SignetError('record-unavailable', 'The change could not be written. Try again.');
}
