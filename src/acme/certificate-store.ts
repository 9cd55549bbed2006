import type { RecordedCertificate } from '../issuance/store.ts';
import type { Identifier } from './acme-error.ts';
import type { AcmeCall } from './call.ts';

/** A certificate that an ACME client wants to revoke, and what its account has to do with it. */
export interface RevocableCertificate {
  readonly certificate: RecordedCertificate;
  /** Whether the account ordered it. */
  readonly isOwn: boolean;
  /** Whether the account holds valid authorizations for all names. */
  readonly isAuthorized: boolean;
}

/** Follows the rules of `AcmeAccountStore`. */
export interface AcmeCertificateStore {
  /**
   * Finds certificates of the directory's authority by their serial number. An authorization without a
   * proof counts only for certificates of the account's own owner: otherwise any account could permit
   * itself to revoke those of others.
   * @param names of the certificate; DNS names may have a wildcard
   */
  findToRevoke(
    call: AcmeCall,
    serialHex: string,
    names: readonly Identifier[],
  ): Promise<readonly RevocableCertificate[]>;
  /** Returns the validity of a certificate and whether it is revoked; null if there is none. */
  findValidity(
    authorityId: string,
    serialHex: string,
  ): Promise<{
    readonly notBeforeSeconds: number;
    readonly notAfterSeconds: number;
    readonly isRevoked: boolean;
  } | null>;
}

/** Deletes what has expired, for the job `clean-up`. Both return the number of deleted rows. */
export interface ExpiredOrderStore {
  deleteOrders(beforeSeconds: number, limit: number): Promise<number>;
  deleteAuthorizations(beforeSeconds: number, limit: number): Promise<number>;
}
