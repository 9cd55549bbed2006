import type { Grant, GrantCheck } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { ImportedCounts, ImportedRevocation } from './history.ts';

export type AuthorityState = 'active' | 'disabled' | 'revoked' | 'pending';

/** An authority on the way from an authority here up to its root. */
export interface AuthorityAbove {
  readonly generationId: string;
  readonly name: string;
  readonly certificateSha256Hex: string;
  /** Of its certificate. */
  readonly status: 'good' | 'on-hold' | 'revoked';
  readonly certifiedAtMs: number;
}

/** A certificate of a chain whose issuer here, which is not the record's parent, has revoked it. */
export interface RevokedLink {
  /** 0 for the certificate itself, then the index in `chainDer` plus 1. */
  readonly depth: number;
  readonly status: 'on-hold' | 'revoked';
}

/** One key generation of an authority. */
export interface AuthorityRecord {
  readonly generationId: string;
  /** Names the authority with all its generations: the id of the first one, which users know. */
  readonly lineageId: string;
  /** Whether it is the generation that signs certificates. */
  readonly isCurrent: boolean;
  readonly name: string;
  readonly accountId: string;
  /** The generation that issued the certificate; null for roots and for issuers elsewhere. */
  readonly parentId: string | null;
  /** Null while pending. */
  readonly certificateDer: Uint8Array | null;
  /** Issuer first, root last; empty for a root. With the current certificates of those here. */
  readonly chainDer: readonly Uint8Array[];
  /** The authorities here that `chainDer` begins with. */
  readonly above: readonly AuthorityAbove[];
  readonly revokedLinks: readonly RevokedLink[];
  /** Whether its certificate is on hold. Its state is `revoked` then. */
  readonly isOnHold: boolean;
  /** The key's certificate by another generation of this authority that is not revoked, or null. */
  readonly crossCertificateDer: Uint8Array | null;
  /** The CSR of a pending authority, else null. */
  readonly requestDer: Uint8Array | null;
  /** See publicKeyId; null in old records. */
  readonly publicKeyIdHex: string | null;
  /** `secret:NAME` or `sealed`. */
  readonly keySource: string;
  /** PKCS#8, sealed under `authority:{id}`; null if the key is in a secret. */
  readonly sealedKey: string | null;
  /** The authority's own profiles, as parseProfiles reads them; null for those of the configuration. */
  readonly profilesJson: string | null;
  /** See sealRow and profilesRecordId. */
  readonly profilesSeal: string | null;
  /** The policy that bounds everything that the authority signs; null for none. */
  readonly policyId: string | null;
  /** The settings of ACME, as parseAcmeSettings reads them; null for the defaults. */
  readonly acmeJson: string | null;
  /** See sealRow and acmeSettingsRecordId. */
  readonly acmeSeal: string | null;
  readonly state: AuthorityState;
  readonly createdAtMs: number;
  /** When the certificate was last replaced. */
  readonly certifiedAtMs: number;
}

export interface AuthorityStore {
  /** Finds one generation. */
  findAuthority(id: string): Promise<AuthorityRecord | null>;
  /** Finds the current generation of the authority that `id` is a generation of. */
  findCurrent(id: string): Promise<AuthorityRecord | null>;
  /**
   * False if there is an authority with this id already, or a CA with this name and another key;
   * nothing is written then.
   * @param subjectKey see findSubjectKey
   */
  createAuthority(record: AuthorityRecord, subjectKey: string, audit: AuditEvent): Promise<boolean>;
}

/** One certificate of a history, checked and ready to be recorded. */
export interface HistoryRow {
  readonly serialHex: string;
  readonly subject: string;
  /** See findSubjectKey; null if the subject need not be unique. */
  readonly uniqueSubject: string | null;
  /** The name that it reserves if it is a CA's (see findSubjectKey). Else null. */
  readonly caName: string | null;
  readonly publicKeyIdHex: string | null;
  readonly certificateDer: Uint8Array | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly revocation: ImportedRevocation | null;
  /** What the certificate is found by, see listTerms. */
  readonly terms: readonly string[];
}

export interface HistoryCommit {
  readonly authorityId: string;
  readonly accountId: string;
  readonly importedAtMs: number;
  /** No serial number twice. */
  readonly rows: readonly HistoryRow[];
  readonly lastCrlNumber: number | null;
  /** Checked in the same batch. */
  readonly grant: Grant | null;
  readonly audit: AuditEvent;
}

export interface HistoryStore {
  /** Returns the serial numbers that are recorded here with another certificate. */
  findConflicts(
    authorityId: string,
    rows: readonly HistoryRow[],
    check: GrantCheck,
  ): Promise<readonly string[]>;
  /**
   * Records the rows in one atomic batch. Existing rows stay, but an entry without its certificate is
   * completed. Keys revoked for keyCompromise, here or in the record, are blocked. Returns the number
   * of new rows.
   */
  commitHistory(commit: HistoryCommit): Promise<ImportedCounts>;
}
