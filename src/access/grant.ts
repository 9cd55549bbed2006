import { SignetError } from '../errors.ts';
import type { Grant, Principal } from './principal.ts';

export interface KeyState {
  readonly enabled: boolean;
  readonly expired: boolean;
}

/** The state of an access key at the time of use; null if the key does not exist. */
export type GrantState = (KeyState & { readonly covered: boolean }) | null;

/** The grants that a query has checked. Each request has a grant of its own. */
const checked = new WeakSet<Grant>();

/** Notes that a query has found the grant to hold. */
export function markChecked(grant: Grant | null): void {
  if (grant !== null) checked.add(grant);
}

/**
 * Throws if no query has checked the principal's grant: the answer to its request must not be sent.
 * @param operation for the operator, who finds the message in the log
 */
export function requireChecked({ grant }: Principal, operation: string): void {
  if (grant === null || checked.has(grant)) return;
  throw new Error(
    `${operation} did not check the grant of its caller. Check it in the statement that does the work (src/store/grant.ts), or call services.checkGrant before the work.`,
  );
}

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
