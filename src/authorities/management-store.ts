import type { Access, GrantCheck } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { Bounds } from '../policy/bounds.ts';
import type { ChangedRevocation } from '../revocation/store.ts';
import type { AuthorityRecord, AuthorityState } from './store.ts';

/** A certificate that an authority here issues for the key of an authority here. */
export interface IssuedCaCertificate {
  /** The generation that has the key. */
  readonly authorityId: string;
  readonly issuerId: string;
  readonly kind: 'sub-ca' | 'cross';
  readonly certificateDer: Uint8Array;
  readonly publicKeyIdHex: string;
  /** The partition of the issuer's CRLs. */
  readonly partition: number;
}

/** A generation that must not have changed since it was read, or the commit fails. */
export interface ExpectedAuthority {
  readonly generationId: string;
  readonly certificateSha256Hex: string;
  /** See Authority. */
  readonly chainSha256Hex: string;
}

/** A change of the rows of authorities. */
export type AuthorityDeed =
  /** A new authority. */
  | { readonly kind: 'insert'; readonly record: AuthorityRecord }
  /** A new certificate for the same key, or the first one of a pending authority. */
  | {
      readonly kind: 'certify';
      readonly id: string;
      /** Null for a pending authority. */
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

export interface NewCa {
  readonly publicKeyIdHex: string | null;
  readonly lineageId: string;
  /** See canonicalizeName. */
  readonly subjectKey: string;
}

/** What is null or undefined stays unchanged. */
export interface AuthorityUpdate {
  readonly profiles: Pick<AuthorityRecord, 'profilesJson' | 'profilesSeal'> | null;
  readonly policyId: string | null | undefined;
  readonly acme: Pick<AuthorityRecord, 'acmeJson' | 'acmeSeal'> | null;
}

export interface AuthorityChange {
  readonly deed: AuthorityDeed;
  /** The generation that signed, which must still be active and current, with the same chain. Null if none here signed. */
  readonly issuer: ExpectedAuthority | null;
  /**
   * The key of a new generation, which must be neither blocked nor another authority's, and its name,
   * which must not be that of another CA. Null if none is new.
   */
  readonly newCa: NewCa | null;
  /** The policies that permitted a new certificate; null without one. */
  readonly bounds: Bounds | null;
  readonly issued: readonly IssuedCaCertificate[];
  readonly accountId: string;
  readonly check: GrantCheck;
  readonly audit: AuditEvent;
}

export type ChangeOutcome =
  | 'committed'
  | 'changed'
  | 'key-taken'
  | 'key-blocked'
  | 'name-taken'
  | 'quota-exceeded'
  | 'policy-changed'
  | 'policy-full';

/**
 * Every function throws SignetError record-unavailable, and if the grant does not hold; nothing is
 * written then. `audit` is committed in the same batch as the change that it records.
 */
export interface AuthorityManagementStore {
  /** The current generation of each authority, by lineage. */
  listCurrent(page: PageRequest, access: Access): Promise<readonly AuthorityRecord[]>;
  /** Every generation of the authority that `id` is a generation of, oldest first, with their cross-certificates. */
  listGenerations(id: string, check: GrantCheck | null): Promise<readonly AuthorityRecord[]>;
  /** The cross-certificates of a generation's key, newest first. */
  listCrossCertificates(id: string): Promise<readonly Uint8Array[]>;
  /** The ids of the generations whose chain has the certificate of this one. */
  listBelow(id: string): Promise<readonly string[]>;
  /** The ids of all generations that have a certificate and so publish CRLs. */
  listIds(): Promise<readonly string[]>;
  commitChange(change: AuthorityChange): Promise<ChangeOutcome>;
  /** Moves every generation from state `from` to state `to`. False if there is none in `from`. */
  changeState(
    lineageId: string,
    from: Extract<AuthorityState, 'active' | 'disabled'>,
    to: Extract<AuthorityState, 'active' | 'disabled'>,
    check: GrantCheck,
    audit: AuditEvent,
  ): Promise<boolean>;
  /** 'no-policy' if the policy is neither that of the authority's account nor that of `root`. */
  updateAuthority(
    lineageId: string,
    changes: AuthorityUpdate,
    check: GrantCheck,
    audit: AuditEvent,
  ): Promise<'updated' | 'no-policy' | 'caller-bounded'>;
  /**
   * Revokes every generation: its certificates from authorities here enter the issuers' CRLs, and
   * authorities below are disabled. Returns these certificates, or null if the authority is revoked
   * already.
   * @param reason CRLReason number; 1 (keyCompromise) also blocks the keys permanently
   */
  revoke(
    lineageId: string,
    reason: number,
    check: GrantCheck,
    audit: AuditEvent,
  ): Promise<readonly ChangedRevocation[] | null>;
}
