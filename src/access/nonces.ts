import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError, type SignetErrorCode } from '../errors.ts';
import type { Identity } from './identity.ts';
import type { Principal } from './principal.ts';

/** The one use of a nonce, bound to the request that may make it. */
export interface NonceUse {
  readonly accessKeyId: string;
  readonly nonce: string;
  /** Made by the server. */
  readonly requestId: string;
  readonly usedAtSeconds: number;
}

export interface NonceStore {
  /**
   * Uses the nonce up and records `refused`, in one batch. False where another request has used it
   * before: `replayed` is recorded then.
   */
  recordRefusal(use: NonceUse, refused: AuditEvent, replayed: AuditEvent): Promise<boolean>;
  /**
   * Uses the nonce up and records `answered`, where there is one, in one batch. False where another
   * request has used it before: nothing is written then.
   */
  useNonce(use: NonceUse, answered: AuditEvent | null): Promise<boolean>;
  /** Deletes at most `limit` of those used before; answers how many. */
  purge(usedBeforeSeconds: number, limit: number): Promise<number>;
}

export interface NonceDependencies {
  readonly store: NonceStore;
  /** Unix ms. */
  readonly clock: () => number;
}

/** A call that was signed rightly and is refused for another reason. */
export interface RefusedCall {
  readonly identity: Identity;
  readonly use: NonceUse;
  /** What the call wanted: a word of the dialect. */
  readonly action: string;
  /** What it wanted it of, as far as known. */
  readonly target: string | null;
  readonly reason: SignetErrorCode;
  readonly request: RequestContext;
}

/** Twice the clock skew that a signature may have, and a minute. */
export const NONCE_LIFETIME_SECONDS = 31 * 60;

/**
 * Records a refused call; its nonce is used up as that of any other call is.
 * @throws SignetError nonce-used where the call was one sent again, record-unavailable
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

/** A call that read and changed nothing. */
export interface AnsweredCall extends Omit<RefusedCall, 'identity' | 'reason'> {
  readonly principal: Principal;
}

/**
 * Records a call that has its answer, and uses its nonce up with that.
 * @throws SignetError nonce-used: the answer must not be given then; record-unavailable
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
 * Uses a nonce up before the work of its call, for work whose own batch does not: a call that then
 * fails has to be signed anew, and none is done twice.
 * @throws SignetError nonce-used, record-unavailable
 */
export async function claimNonce(
  { store }: Pick<NonceDependencies, 'store'>,
  use: NonceUse,
): Promise<void> {
  if (!(await store.useNonce(use, null))) throw nonceUsed();
}

/** The refusal of a call whose nonce was used before. */
export function nonceUsed(): SignetError {
  return new SignetError(
    'nonce-used',
    'This access key has used the signature nonce before: make a new random one for each request.',
    { field: 'SignatureNonce' },
  );
}

/**
 * Deletes at most `limit` nonces that no signature can come with any more. Answers how many.
 * @throws SignetError record-unavailable
 */
export function purgeNonces({ store, clock }: NonceDependencies, limit: number): Promise<number> {
  return store.purge(Math.floor(clock() / 1000) - NONCE_LIFETIME_SECONDS, limit);
}
