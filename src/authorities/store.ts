import type { Grant, GrantCheck } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { ImportedCounts, ImportedRevocation } from './history.ts';

export type AuthorityState = 'active' | 'disabled' | 'revoked' | 'pending';

/** One key generation of an authority. */
export interface AuthorityRecord {
  readonly id: string;
  /** Id of the first generation: what users call the authority. */
  readonly lineageId: string;
  /** Whether it is the generation that signs certificates. */
  readonly isCurrent: boolean;
  readonly name: string;
  readonly accountId: string;
  /** The generation that issued the certificate; null for roots and for issuers elsewhere. */
  readonly parentId: string | null;
  /** Null while pending. */
  readonly certificateDer: Uint8Array | null;
  /** Issuer first, root last; empty for a root. */
  readonly chainDer: readonly Uint8Array[];
  /** The key's certificate by another generation of this authority, or null. */
  readonly crossCertificateDer: Uint8Array | null;
  /** PKCS#10, while pending. */
  readonly requestDer: Uint8Array | null;
  /** See publicKeyId; null where it was recorded before that was. */
  readonly publicKeyIdHex: string | null;
  /** `secret:NAME` or `sealed`. */
  readonly keySource: string;
  /** PKCS#8, sealed under `authority:{id}`; null where the key lies in a secret. */
  readonly sealedKey: string | null;
  /** The authority's own profiles, as parseProfiles reads them; null for those of the configuration. */
  readonly profilesJson: string | null;
  readonly state: AuthorityState;
  readonly createdAtMs: number;
  /** When the certificate was last replaced. */
  readonly certifiedAtMs: number;
}

export interface AuthorityStore {
  /** That generation. */
  findAuthority(id: string): Promise<AuthorityRecord | null>;
  /** The current generation of the authority that `id` is a generation of. */
  findCurrent(id: string): Promise<AuthorityRecord | null>;
  /** False where an authority of that id is there already: the other one stays, nothing is written. */
  createAuthority(record: AuthorityRecord, audit: AuditEvent): Promise<boolean>;
}

/** One certificate of a history, checked and ready to be recorded. */
export interface HistoryRow {
  readonly serialHex: string;
  readonly subject: string;
  /** Base64 of the subject's DER where it is to hold the subject, else null. */
  readonly uniqueSubject: string | null;
  readonly publicKeyIdHex: string | null;
  readonly certificateDer: Uint8Array | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly revocation: ImportedRevocation | null;
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
  /** Of the serials, those that are recorded here with another certificate. */
  findConflicts(
    authorityId: string,
    rows: readonly HistoryRow[],
    check: GrantCheck,
  ): Promise<readonly string[]>;
  /**
   * One atomic batch. What is recorded already stays as it is, but for an entry without its
   * certificate, which is completed. A key is blocked where the reason is keyCompromise, here or
   * in the record. Answers how much of it is new.
   */
  commitHistory(commit: HistoryCommit): Promise<ImportedCounts>;
}
