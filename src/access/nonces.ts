import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError, type SignetErrorCode } from '../errors.ts';
import type { Identity } from './identity.ts';
import type { Principal } from './principal.ts';

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
   * records `replayed` instead and returns false.
   */
  recordRefusal(use: NonceUse, refused: AuditEvent, replayed: AuditEvent): Promise<boolean>;
  /**
   * Uses the nonce and records `answered`, if given, in one batch. If another request has used the
   * nonce, it writes nothing and returns false.
   */
  useNonce(use: NonceUse, answered: AuditEvent | null): Promise<boolean>;
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
 * Records a refused call and uses its nonce.
 * @throws SignetError nonce-used if the nonce was used before, record-unavailable
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
  const isFirst = await store.recordRefusal(use, describe(reason), describe('nonce-used'));
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
  const isFirst = await store.useNonce(use, {
    atMs: clock(),
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
 * @throws SignetError nonce-used, record-unavailable
 */
export async function claimNonce(
  { store }: Pick<NonceDependencies, 'store'>,
  use: NonceUse,
): Promise<void> {
  if (!(await store.useNonce(use, null))) throw nonceUsed();
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
