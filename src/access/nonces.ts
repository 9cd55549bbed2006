import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError, type SignetErrorCode } from '../errors.ts';
import { type KeyState, requireLive } from './grant.ts';
import type { Identity } from './identity.ts';
import { accessOf, type GrantCheck, type Principal } from './principal.ts';

/** The single use of a nonce, bound to the request that may make it. */
export interface NonceUse {
  readonly accessKeyId: string;
  readonly nonce: string;
  /** Made by the server, never by the client. */
  readonly requestId: string;
  readonly usedAtSeconds: number;
}

export interface NonceStore {
  /**
   * Uses the nonce and records `refused`, in one batch. If another request has used the nonce, it
   * records `replayed` instead, and `isFirst` is false. It writes nothing if the access key
   * `liveKeyId` (null: none to check) is gone, disabled or expired.
   */
  recordRefusal(
    use: NonceUse,
    liveKeyId: string | null,
    refused: AuditEvent,
    replayed: AuditEvent,
  ): Promise<{ readonly isFirst: boolean; readonly keyState: KeyState | null }>;
  /**
   * Uses the nonce and records `answered`, if given, in one batch. If another request has used the
   * nonce, it writes nothing and returns false.
   * @throws SignetError if the grant does not hold; nothing is written then
   */
  useNonce(use: NonceUse, check: GrantCheck, answered: AuditEvent | null): Promise<boolean>;
  /** Deletes at most `limit` nonces that were used up to the given time. Returns their number. */
  deleteExpired(usedBeforeSeconds: number, limit: number): Promise<number>;
}

export interface NonceDependencies {
  readonly store: NonceStore;
  /** Unix ms. */
  readonly clock: () => number;
}

/** A call whose signature is valid and that is refused for another reason. */
export interface RefusedCall {
  readonly identity: Identity;
  readonly use: NonceUse;
  /** The action as the dialect names it. */
  readonly action: string;
  /** The object of the action, if known. */
  readonly target: string | null;
  readonly reason: SignetErrorCode;
  readonly request: RequestContext;
}

/** Twice the clock skew that a signature may have, plus one minute. */
export const NONCE_LIFETIME_SECONDS = 31 * 60;

/**
 * Records a refused call and uses its nonce, unless the access key is gone, disabled or expired.
 * @throws SignetError nonce-used if the nonce was used before; unknown-access-key,
 *   access-key-disabled, access-key-expired; record-unavailable
 */
export async function recordRefusedCall(
  { store, clock }: NonceDependencies,
  { identity, use, action, target, reason, request }: RefusedCall,
): Promise<void> {
  const describe = (why: SignetErrorCode): AuditEvent => ({
    atMs: clock(),
    accountId: identity.accountId,
    actor: identity.accessKeyId,
    action: 'cas.call',
    outcome: 'refused',
    authorityId: null,
    target,
    detail: { action, reason: why },
    request,
  });
  const { isFirst, keyState } = await store.recordRefusal(
    use,
    identity.root ? null : identity.accessKeyId,
    describe(reason),
    describe('nonce-used'),
  );
  if (!identity.root) requireLive(keyState);
  if (!isFirst) throw nonceUsed();
}

/** A call that only read. */
export interface AnsweredCall extends Omit<RefusedCall, 'identity' | 'reason'> {
  readonly principal: Principal;
}

/**
 * Records an answered call and uses its nonce.
 * @throws SignetError nonce-used if the nonce was used before: the caller must withhold the answer;
 *   record-unavailable
 */
export async function recordAnsweredCall(
  { store, clock }: NonceDependencies,
  { principal, use, action, target, request }: AnsweredCall,
): Promise<void> {
  const atMs = clock();
  const isFirst = await store.useNonce(use, accessOf(principal, atMs), {
    atMs,
    accountId: principal.accountId,
    actor: principal.actor,
    action: 'cas.call',
    outcome: 'done',
    authorityId: null,
    target,
    detail: { action },
    request,
  });
  if (!isFirst) throw nonceUsed();
}

/**
 * Uses a nonce before the work of its call, for work that does not use it in its own batch. A client
 * whose call then fails must sign a new one; no call is executed twice.
 * @throws SignetError nonce-used, record-unavailable, and if the grant does not hold
 */
export async function claimNonce(
  { store, clock }: NonceDependencies,
  principal: Principal,
  use: NonceUse,
): Promise<void> {
  if (!(await store.useNonce(use, accessOf(principal, clock()), null))) throw nonceUsed();
}

/** The error of a call whose nonce was used before. */
export function nonceUsed(): SignetError {
  return new SignetError(
    'nonce-used',
    'This access key has used the signature nonce before: make a new random one for each request.',
    { field: 'nonce' },
  );
}

/**
 * Deletes at most `limit` nonces whose lifetime has passed. Returns their number.
 * @throws SignetError record-unavailable
 */
export function deleteExpiredNonces(
  { store, clock }: NonceDependencies,
  limit: number,
): Promise<number> {
  return store.deleteExpired(Math.floor(clock() / 1000) - NONCE_LIFETIME_SECONDS, limit);
}
