import type { NonceUse } from '../access/nonces.ts';
import type { Access, Grant } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { Bounds } from '../policy/bounds.ts';

/** The API that a certificate was requested by, or `import`. Data for the record. */
export type Origin = 'api' | 'openssl-ca' | 'cas' | 'acme' | 'import';

/** An issued certificate as it is recorded before it is returned. */
export interface IssuedCertificate {
  /** The id of the key generation that signed it. */
  readonly authorityId: string;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  /** RFC 4514 text. */
  readonly subject: string;
  /** See publicKeyId; null if only an index entry was imported. */
  readonly publicKeyIdHex: string | null;
  readonly certificateDer: Uint8Array | null;
  readonly profile: string;
  readonly origin: Origin;
  readonly accountId: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly issuedAtMs: number;
}

/** The order of an ACME account that a certificate fulfils. It must be ready, and is valid afterwards. */
export interface FulfilledOrder {
  readonly id: string;
  /** Also fulfils an order that is being processed with this CSR. */
  readonly csrDer: Uint8Array;
  readonly accountId: string;
  /** The key that the account must have, because it signed the request; null for the job. */
  readonly thumbprint: string | null;
  /** How long the order is kept after its certificate has expired. */
  readonly retentionSeconds: number;
}

export interface IssuanceCommit {
  readonly certificate: IssuedCertificate;
  /** What the certificate is found by, see listTerms. */
  readonly terms: readonly string[];
  /**
   * The `chainSha256Hex` of the authority that signed. The commit fails if a certificate of the chain
   * is no longer current, is revoked or is on hold.
   */
  readonly issuerChainSha256Hex: string;
  /** The partition of the authority's CRLs, from 0 on. */
  readonly crlPartition: number;
  /**
   * See findSubjectKey. It must not be the name of a CA with another key, or for a leaf of
   * any CA. Null for no subject, and for an OCSP responder: its name is made here.
   */
  readonly subjectKey: string | null;
  /** Whether the certificate is a CA's, which reserves its subject for its key. */
  readonly isCa: boolean;
  /** See findSubjectKey; null if the subject need not be unique. */
  readonly uniqueSubject: string | null;
  /** The certificate's UUID, or null. */
  readonly identifier: string | null;
  /** The client's own name of the certificate, unique in its account; or null. */
  readonly customIdentifier: string | null;
  /** The instance for an external CA that is used up, or null. */
  readonly instanceId: string | null;
  /** The policies that permitted it, which must not have changed. Null for an OCSP responder. */
  readonly bounds: Bounds | null;
  /** The ACME order that is fulfilled, or null. */
  readonly acmeOrder: FulfilledOrder | null;
  /** The nonce that is used up, also if nothing is issued; or null. */
  readonly nonce: NonceUse | null;
  /** Checked in the same batch. */
  readonly grant: Grant | null;
  readonly audit: AuditEvent;
}

/** The parts of an issuance that the record can refuse, and what it is judged by. */
export type IssuanceConditions = Pick<
  IssuanceCommit,
  | 'issuerChainSha256Hex'
  | 'subjectKey'
  | 'isCa'
  | 'uniqueSubject'
  | 'customIdentifier'
  | 'instanceId'
  | 'bounds'
  | 'acmeOrder'
  | 'nonce'
  | 'grant'
> & {
  readonly certificate: Pick<
    IssuedCertificate,
    'authorityId' | 'publicKeyIdHex' | 'accountId' | 'issuedAtMs'
  >;
};

export type IssuanceRefusal =
  | 'nonce-used'
  | 'instance-used'
  | 'acme-order-changed'
  | 'key-blocked'
  | 'key-of-authority'
  | 'name-of-ca'
  | 'subject-held'
  | 'custom-identifier-taken'
  | 'authority-changed'
  | 'policy-changed'
  | 'policy-full'
  | 'serial-taken';

export type IssuanceOutcome = 'committed' | IssuanceRefusal;

export interface IssuanceStore {
  /**
   * Records the certificate with its audit event and everything that it uses up, or nothing, in one
   * atomic batch. Only a certificate that is 'committed' may be returned.
   * @throws SignetError record-unavailable, and if the grant does not hold; nothing is written then
   */
  commitIssuance(commit: IssuanceCommit): Promise<IssuanceOutcome>;
}

export interface PreviewStore {
  /**
   * Returns why the record would refuse a certificate now, or null. Writes nothing.
   * @throws SignetError record-unavailable, and if the grant does not hold
   */
  findRefusal(conditions: IssuanceConditions): Promise<IssuanceRefusal | null>;
}

/** The same for several issuances at once. */
export interface IssuanceGroupStore {
  /**
   * Records each certificate with its audit event and everything that it uses up, or nothing of it, in
   * one atomic batch. A refusal of one does not affect the others. No two may have the same serial,
   * unique subject, name of a CA, custom identifier, instance, nonce or policy with a limit.
   * @returns which of them were recorded, in their order; only those certificates may be returned
   * @throws SignetError record-unavailable; whether they were recorded is unknown then
   */
  commitIssuances(commits: readonly IssuanceCommit[]): Promise<readonly boolean[]>;
  /**
   * Returns why an issuance was not recorded, 'serial-taken' if nothing would refuse it now. Records
   * 'key-blocked' and 'subject-held' as refused events, unless the call has a nonce: such a call is
   * recorded with its nonce.
   * @throws SignetError record-unavailable, and if the grant does not hold
   */
  explainRefusal(commit: IssuanceCommit): Promise<IssuanceRefusal>;
}

/** A certificate as it is in the record, with its revocation or null. */
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
   * Returns the certificates with a serial number that the caller may see, by authority id. There are
   * several only if imported authorities share the number.
   * @param authorityId null for every authority
   */
  findCertificates(
    serialHex: string,
    authorityId: string | null,
    access: Access,
  ): Promise<readonly RecordedCertificate[]>;
  /**
   * Returns the certificate that was recorded last, in DER; null if it was imported, has no body any
   * more, or there is none.
   */
  findNewestIssued(): Promise<Uint8Array | null>;
}
