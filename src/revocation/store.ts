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
  | { readonly kind: 'already-revoked' | 'not-found' };

/** What may have to be dropped from copies that are held elsewhere. */
export interface ChangedRevocation {
  readonly authorityId: string;
  /** Of the certificate; null where it is in the complete list alone. */
  readonly crlPartition: number | null;
  readonly serialHex: string;
}

export interface RevocationStore {
  /**
   * One atomic batch: the revocation, the authority's next revocation revision, the blocked key where the
   * reason is keyCompromise, and the audit event. Nothing is written but for 'revoked'. A certificate on hold is
   * revoked for any other reason, in a second batch.
   * @throws SignetError where the grant does not hold
   */
  commitRevocation(commit: RevocationCommit): Promise<RevocationOutcome>;
}

/** One revoked certificate as a CRL lists it. */
export interface RevokedEntry {
  readonly serialHex: string;
  readonly revokedAtSeconds: number;
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
}

export interface CrlHead {
  readonly number: number;
  /** The revocation revision that the list holds. */
  readonly revision: number;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
}

export interface StoredCrl extends CrlHead {
  readonly crlDer: Uint8Array;
}

export interface CrlStore {
  /** The authority's present revocation revision, or null where there is no such authority. */
  findRevision(authorityId: string): Promise<number | null>;
  /**
   * The newest list and the present revision, read together in one round trip. `crl` is null where none was built
   * since the number was last raised; `lastNumber` is 0 before the first.
   * @throws SignetError authority-not-found
   */
  findCrl(authorityId: string): Promise<{
    readonly revision: number;
    readonly crl: StoredCrl | null;
    readonly lastNumber: number;
  }>;
  /**
   * Every entry that the next list must hold, with the revision that they are complete for, read together.
   * @throws SignetError authority-not-found
   */
  listRevoked(
    authorityId: string,
  ): Promise<{ readonly revision: number; readonly entries: readonly RevokedEntry[] }>;
  /**
   * Makes `crl` the newest where the newest number is still `crl.number - 1` (compare-and-swap), and retires entries
   * of certificates that had expired by its thisUpdate and that it held. False where another build was first.
   */
  commitCrl(authorityId: string, crl: StoredCrl, entries: number): Promise<boolean>;
  /**
   * Makes the next list's number higher than `number`, which another CA used for this authority's last list. Where
   * that raises it, the stored list is dropped, so that a new one is built.
   */
  raiseCrlNumber(authorityId: string, number: number): Promise<void>;
}
