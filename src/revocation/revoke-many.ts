import type { GrantCheck, Principal } from '../access/principal.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { EdgePurge } from './edge-purge.ts';
import { REVOCATION_REASONS, type RevocationReason } from './reasons.ts';
import type { ChangedRevocation } from './store.ts';

/** The certificates to revoke: all of one key, or all of one account. */
export interface ManyScope {
  readonly by: 'key' | 'account';
  /** The key id in hex (see src/x509/keys/public-key.ts), or the account id. */
  readonly id: string;
}

/** A position in the certificates, which are revoked in the order of their expiry. */
export interface ManyPosition {
  readonly notAfterSeconds: number;
  /** Distinguishes certificates that expire in the same second. */
  readonly row: number;
}

export interface ManyCommit {
  readonly scope: ManyScope;
  /** An authority or one of its key generations; null for all. */
  readonly authorityId: string | null;
  readonly after: ManyPosition | null;
  readonly limit: number;
  readonly revokedAtSeconds: number;
  /** CRLReason number; 1 (keyCompromise) also blocks the keys permanently. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
  /** Revokes only certificates of this account; `root` revokes all. */
  readonly accountId: string;
  readonly check: GrantCheck;
  /** Written for each certificate, with its authority, and its serial as target. */
  readonly audit: AuditEvent;
}

export interface ManyOutcome {
  readonly revoked: readonly ChangedRevocation[];
  /** The position of the last one; null if fewer than `limit` were left. */
  readonly next: ManyPosition | null;
}

export interface ManyRevocationStore {
  /**
   * One atomic batch: revokes at most `limit` certificates that are neither expired nor revoked
   * permanently, raises the revision of each authority that issued some of them, blocks the keys, and
   * writes an audit event for each. Skips certificates of authorities here, which are revoked with their
   * authority.
   * A key is blocked also if none of its certificates is left to revoke, and by the account root if it
   * never had one.
   * @throws SignetError account-not-found; certificate-not-found for a key to block of which the account
   *   has no certificate; if the grant does not hold
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

/** The most certificates that one call revokes. D1 does it in well under a second. */
export const MANY_LIMIT = 1000;

/**
 * Revokes the next certificates of a key or an account, at most MANY_LIMIT. The caller repeats it with
 * `next` as `after` until `next` is null.
 * @throws SignetError account-not-found, certificate-not-found, invalid-parameter
 */
export async function revokeMany(
  { store, edge, clock }: ManyDependencies,
  { scope, authorityId, after, reason, principal, request }: ManyRequest,
): Promise<ManyOutcome> {
  if (reason === 'certificateHold') {
    throw new SignetError('invalid-parameter', 'Certificates can only be put on hold one by one.', {
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
