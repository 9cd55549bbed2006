import type { NonceUse } from '../access/nonces.ts';
import type { Access, Grant } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';

/** The door that a certificate came through. */
export type Origin = 'api' | 'openssl-ca' | 'cas' | 'import';

/** What is recorded of an issued certificate, in the same commit that lets it out. */
export interface IssuedCertificate {
  readonly authorityId: string;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  /** RFC 4514 text. */
  readonly subject: string;
  /** See publicKeyId in x509/public-key.ts; null where only an index entry was imported. */
  readonly publicKeyIdHex: string | null;
  readonly certificateDer: Uint8Array | null;
  readonly profile: string;
  readonly origin: Origin;
  readonly accountId: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly issuedAtMs: number;
}

export interface IssuanceCommit {
  readonly certificate: IssuedCertificate;
  /** SHA-256 (hex) of the CA certificate that signed. The commit fails if it is no longer current. */
  readonly issuerCertificateSha256Hex: string;
  /** The partition of the authority's CRLs, from 0 on. */
  readonly crlPartition: number;
  /** Base64 of the subject's DER if the subject may have one valid certificate only, else null. */
  readonly uniqueSubject: string | null;
  /** The certificate's UUID, or null. */
  readonly identifier: string | null;
  /** The instance for an external CA that is used up, or null. */
  readonly instanceId: string | null;
  /** The nonce that is used up, also if nothing is issued; or null. */
  readonly nonce: NonceUse | null;
  /** Checked in the same batch. */
  readonly grant: Grant | null;
  readonly audit: AuditEvent;
}

export type IssuanceRefusal =
  | 'nonce-used'
  | 'instance-used'
  | 'key-blocked'
  | 'key-of-authority'
  | 'subject-held'
  | 'authority-changed'
  | 'serial-taken';

export type IssuanceOutcome = 'committed' | IssuanceRefusal;

export interface IssuanceStore {
  /**
   * Records certificate and audit event in one atomic batch, or neither: 'committed' alone lets the certificate out.
   * 'key-blocked' and 'subject-held' are recorded as refused events.
   * @throws SignetError where the grant does not hold; nothing is written then
   */
  commitIssuance(commit: IssuanceCommit): Promise<IssuanceOutcome>;
}

/** The same for several at once, as what is shared by the requests of an isolate has to be. */
export interface IssuanceGroupStore {
  /**
   * Records each certificate with its audit event in one atomic batch, or neither of the two: what
   * keeps one out does nothing to the others. No two may have the same serial or the same unique
   * subject.
   * @returns which of them were recorded, in their order; only those may be let out
   * @throws SignetError record-unavailable; it is open then whether they were recorded
   */
  commitIssuances(commits: readonly IssuanceCommit[]): Promise<readonly boolean[]>;
  /**
   * Why one was not recorded, with its refused event; 'serial-taken' where nothing is in its way now.
   * @throws SignetError record-unavailable, and where the grant does not hold
   */
  explainRefusal(commit: IssuanceCommit): Promise<IssuanceRefusal>;
}

/** A certificate as it stands in the record, with its revocation where it has one. */
export interface RecordedCertificate extends IssuedCertificate {
  readonly revocation: {
    readonly revokedAtSeconds: number;
    /** CRLReason number, RFC 5280 section 5.3.1. */
    readonly reason: number;
    readonly invalidityDateSeconds: number | null;
  } | null;
}

export interface CertificateStore {
  /**
   * The certificates of that serial that may be seen, by authority id: several only where imported
   * authorities share it.
   * @param authorityId null for every authority
   */
  findCertificates(
    serialHex: string,
    authorityId: string | null,
    access: Access,
  ): Promise<readonly RecordedCertificate[]>;
}
