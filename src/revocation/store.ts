import type { Grant } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';

export interface RevocationCommit {
  readonly authorityId: string;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly revokedAtSeconds: number;
  /** CRLReason number; 1 (keyCompromise) also blocks the public key for ever. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
  /** Finds only certificates of this account; `root` finds all. */
  readonly accountId: string;
  /** Checked in the same batch. */
  readonly grant: Grant | null;
  readonly audit: AuditEvent;
}

export type RevocationOutcome =
  | ({ readonly kind: 'revoked' } & Pick<ChangedRevocation, 'crlPartition' | 'revision'>)
  /** 'key-blocked': revoked already; with keyCompromise its key is blocked too. */
  | { readonly kind: 'already-revoked' | 'key-blocked' | 'not-found' };

/** A certificate whose revocation status changed. */
export interface ChangedRevocation {
  readonly authorityId: string;
  /** Null if the certificate is only in the complete list. */
  readonly crlPartition: number | null;
  readonly serialHex: string;
  /** The authority's revocation revision that the change led to. */
  readonly revision: number;
}

export interface RevocationStore {
  /**
   * One atomic batch: the revocation, the authority's next revocation revision, the blocked key if the
   * reason is keyCompromise, and the audit event. If the certificate is revoked permanently already,
   * keyCompromise still blocks its key, with an audit event of its own if it was not blocked. Otherwise
   * nothing is written except for 'revoked'. A certificate on hold can be revoked for another reason, in
   * a second batch.
   * @throws SignetError if the grant does not hold
   */
  commitRevocation(commit: RevocationCommit): Promise<RevocationOutcome>;
}
