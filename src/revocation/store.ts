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
  /** Only this account's certificates are found; every one for `root`. */
  readonly accountId: string;
  /** Checked in the same batch. */
  readonly grant: Grant | null;
  readonly audit: AuditEvent;
}

export type RevocationOutcome =
  | { readonly kind: 'revoked'; readonly crlPartition: number | null }
  /** 'key-blocked': revoked already, and for keyCompromise the key is blocked now or was before. */
  | { readonly kind: 'already-revoked' | 'key-blocked' | 'not-found' };

/** A certificate whose revocation status changed. */
export interface ChangedRevocation {
  readonly authorityId: string;
  /** Of the certificate; null where it is in the complete list alone. */
  readonly crlPartition: number | null;
  readonly serialHex: string;
}

export interface RevocationStore {
  /**
   * One atomic batch: the revocation, the authority's next revocation revision, the blocked key where the
   * reason is keyCompromise, and the audit event. Where the certificate is revoked for ever already,
   * keyCompromise still blocks its key, with an event of its own where it was not blocked; nothing else is
   * written but for 'revoked'. A certificate on hold is revoked for any other reason, in a second batch.
   * @throws SignetError where the grant does not hold
   */
  commitRevocation(commit: RevocationCommit): Promise<RevocationOutcome>;
}
