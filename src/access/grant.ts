import { SignetError } from '../errors.ts';
import type { Grant } from './principal.ts';

export interface KeyState {
  readonly enabled: boolean;
  readonly expired: boolean;
}

/** The state of an access key at the time of use; null if the key does not exist. */
export type GrantState = (KeyState & { readonly covered: boolean }) | null;

/**
 * Throws unless the access key may be used for the scope.
 * @throws SignetError unknown-access-key, access-key-disabled, access-key-expired, forbidden
 */
export function requireGranted({ scope }: Grant, state: GrantState): void {
  requireLive(state);
  if (!state.covered)
    throw new SignetError('forbidden', `The access key lacks the scope ${scope}.`);
}

/**
 * Throws unless the access key exists, is enabled and has not expired.
 * @throws SignetError unknown-access-key, access-key-disabled, access-key-expired
 */
export function requireLive<State extends KeyState>(state: State | null): asserts state is State {
  if (state === null) {
    throw new SignetError('unknown-access-key', 'The access key was deleted.');
  }
  if (!state.enabled) {
    throw new SignetError('access-key-disabled', 'The access key is disabled.');
  }
  if (state.expired) {
    throw new SignetError('access-key-expired', 'The access key has expired.');
  }
}
