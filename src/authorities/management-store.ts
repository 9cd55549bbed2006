import type { Access, GrantCheck } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { AuthorityRecord, AuthorityState } from './store.ts';

/** A certificate that an authority here issues for the key of an authority here. */
export interface IssuedCaCertificate {
  /** Whose key it is. */
  readonly authorityId: string;
  readonly issuerId: string;
  readonly kind: 'sub-ca' | 'cross';
  readonly certificateDer: Uint8Array;
  readonly publicKeyIdHex: string;
  /** Of the issuer's revocation lists. */
  readonly partition: number;
}

/** A generation that must still be as it was read, when the change is committed. */
export interface ExpectedAuthority {
  readonly id: string;
  readonly certificateSha256Hex: string;
}

/** What happens to rows of authorities. */
export type AuthorityDeed =
  /** A new authority. */
  | { readonly kind: 'insert'; readonly record: AuthorityRecord }
  /** Another certificate for the same key, also the first one of a pending authority. */
  | {
      readonly kind: 'certify';
      readonly id: string;
      /** Null for one that is pending. */
      readonly fromSha256Hex: string | null;
      readonly certificateDer: Uint8Array;
      readonly chainDer: readonly Uint8Array[];
      readonly parentId: string | null;
    }
  /** A new generation that takes over from `from`. */
  | {
      readonly kind: 'succeed';
      readonly from: ExpectedAuthority;
      readonly record: AuthorityRecord;
    };

export interface AuthorityChange {
  readonly deed: AuthorityDeed;
  /** The one that signed; it must be active and current still. Null for self-signed and imported. */
  readonly issuer: ExpectedAuthority | null;
  /** Of the key that becomes an authority's: it must be neither blocked nor another authority's. */
  readonly newKeyIdHex: string | null;
  readonly issued: readonly IssuedCaCertificate[];
  readonly accountId: string;
  readonly check: GrantCheck;
  readonly audit: AuditEvent;
}

export type ChangeOutcome = 'committed' | 'changed' | 'key-taken' | 'key-blocked';

export interface RevokedAuthority {
  /** Those whose lists hold something new. */
  readonly issuerIds: readonly string[];
  /** Its certificates that are revoked now and were not before. */
  readonly certificates: readonly {
    readonly issuerId: string;
    readonly serialHex: string;
    readonly crlPartition: number | null;
  }[];
}

/**
 * Every function throws SignetError record-unavailable, and where the grant does not hold; nothing
 * is written then. `audit` is committed with what it tells of, or not at all.
 */
export interface AuthorityManagementStore {
  /** The current generation of each authority, by lineage. */
  listCurrent(page: PageRequest, access: Access): Promise<readonly AuthorityRecord[]>;
  /** Every generation of the authority that `id` is a generation of, oldest first; with their cross certificates. */
  listGenerations(id: string, check: GrantCheck | null): Promise<readonly AuthorityRecord[]>;
  /** Cross certificates of a generation's key, newest first. */
  listCrossCertificates(id: string): Promise<readonly Uint8Array[]>;
  /** Ids of all generations that have a certificate, to keep their lists fresh. */
  listIds(): Promise<readonly string[]>;
  commitChange(change: AuthorityChange): Promise<ChangeOutcome>;
  /** Whether every generation in state `from` is in state `to` now, one at least. */
  changeState(
    lineageId: string,
    from: Extract<AuthorityState, 'active' | 'disabled'>,
    to: Extract<AuthorityState, 'active' | 'disabled'>,
    check: GrantCheck,
    audit: AuditEvent,
  ): Promise<boolean>;
  /** @param profilesJson see AuthorityRecord */
  setProfiles(
    lineageId: string,
    profilesJson: string | null,
    check: GrantCheck,
    audit: AuditEvent,
  ): Promise<void>;
  /**
   * Revokes every generation: what authorities here issued for their keys enters the issuers' lists,
   * and authorities below are disabled. Null where there is nothing left to revoke.
   * @param reason CRLReason number; 1 (keyCompromise) also blocks the keys for ever
   */
  revoke(
    lineageId: string,
    reason: number,
    check: GrantCheck,
    audit: AuditEvent,
  ): Promise<RevokedAuthority | null>;
}
