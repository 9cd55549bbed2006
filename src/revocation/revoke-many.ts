import type { GrantCheck, Principal } from '../access/principal.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { EdgePurge } from './edge-purge.ts';
import { REVOCATION_REASONS, type RevocationReason } from './reasons.ts';
import type { ChangedRevocation } from './store.ts';

/** What is to be revoked: all certificates of one key, or of one account. */
export interface ManyScope {
  readonly by: 'key' | 'account';
  /** Hex, see src/x509/keys/public-key.ts; or the account's id. */
  readonly id: string;
}

/** How far a caller has come: certificates are taken in the order of their expiry. */
export interface ManyPosition {
  readonly notAfterSeconds: number;
  /** Tells those of one second apart. */
  readonly row: number;
}

export interface ManyCommit {
  readonly scope: ManyScope;
  /** Of this authority alone, or of one of its key generations; null for all. */
  readonly authorityId: string | null;
  readonly after: ManyPosition | null;
  readonly limit: number;
  readonly revokedAtSeconds: number;
  /** CRLReason number; 1 (keyCompromise) also blocks the keys for ever. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
  /** Only this account's certificates are revoked; every one for `root`. */
  readonly accountId: string;
  readonly check: GrantCheck;
  /** Written once for each certificate, with its authority and its serial number as target. */
  readonly audit: AuditEvent;
}

export interface ManyOutcome {
  readonly revoked: readonly ChangedRevocation[];
  /** Of the last one; null where fewer than `limit` were left. */
  readonly next: ManyPosition | null;
}

export interface ManyRevocationStore {
  /**
   * One atomic batch: the revocation of `limit` certificates at most that are neither expired nor
   * revoked (on hold is not revoked, unless for another hold), one revision more for each authority
   * that issued some of them, the blocked keys, and an audit event for each. Certificates of the
   * authorities here stay: they are revoked with their authority.
   * @throws SignetError account-not-found; where the grant does not hold
   */
  commitMany(commit: ManyCommit): Promise<ManyOutcome>;
}

export interface ManyDependencies {
  readonly store: ManyRevocationStore;
  readonly edge: EdgePurge;
  /** Unix ms. */
  readonly clock: () => number;
}

export interface ManyRequest {
  readonly scope: ManyScope;
  readonly authorityId: string | null;
  readonly after: ManyPosition | null;
  readonly reason: RevocationReason;
  readonly principal: Principal;
  readonly request: RequestContext;
}

/** What one call revokes at most: D1 does it in well under a second. */
export const MANY_LIMIT = 1000;

/**
 * Revokes the next certificates of a key or an account, as many as one call may. The caller repeats
 * it with `next` as `after` until that is null.
 * @throws SignetError account-not-found, invalid-parameter
 */
export async function revokeMany(
  { store, edge, clock }: ManyDependencies,
  { scope, authorityId, after, reason, principal, request }: ManyRequest,
): Promise<ManyOutcome> {
  if (reason === 'certificateHold') {
    throw new SignetError('invalid-parameter', 'Certificates are put on hold one by one.', {
      field: 'reason',
    });
  }
  const atMs = clock();
  const revokedAtSeconds = Math.floor(atMs / 1000);
  const outcome = await store.commitMany({
    scope,
    authorityId,
    after,
    limit: MANY_LIMIT,
    revokedAtSeconds,
    reason: REVOCATION_REASONS[reason],
    invalidityDateSeconds: null,
    accountId: principal.accountId,
    check: { grant: principal.grant, nowSeconds: revokedAtSeconds },
    audit: {
      atMs,
      accountId: principal.accountId,
      actor: principal.actor,
      action: 'certificate.revoke',
      outcome: 'done',
      authorityId: null,
      target: null,
      detail: { reason, [scope.by]: scope.id },
      request,
    },
  });
  await edge.purge({ revocations: outcome.revoked }, request);
  return outcome;
}
