import type { Principal } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';

/** 1 for servers, 2 for clients. */
export type CertificateType = 1 | 2;

/** What is weak about a stored certificate, or wrong with its chain, when it was uploaded. */
export type Mark =
  | 'weak-key'
  | 'weak-signature'
  | 'weak-chain-signature'
  | 'unverified-signature'
  | 'expired-issuer'
  | 'issuer-not-valid-yet'
  | 'issuer-not-ca'
  | 'path-length-exceeded'
  | 'unknown-critical-extension';

/** Whether the certificate was uploaded or issued here. */
export type InventoryOrigin = 'upload' | 'issued';

/** The use of a certificate by a service's resource. */
export interface Binding {
  readonly serviceName: string;
  readonly resourceId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** An entry without its certificates and key, as lists contain it. */
export interface InventorySummary {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly type: CertificateType;
  readonly hasPrivateKey: boolean;
  /** Empty if the subject has none. */
  readonly commonName: string;
  /** DNS names of the subjectAltName. */
  readonly dnsNames: readonly string[];
  /** IP addresses of the subjectAltName. */
  readonly ipAddresses: readonly string[];
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintHex: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** Values of Mark. Entries of older versions may have others. */
  readonly marks: readonly string[];
  readonly origin: InventoryOrigin;
  /** The last announced threshold in days before expiry; 0 for the expiry itself. */
  readonly notifiedDays: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The entry is in use if it has any. */
  readonly bindings: readonly Binding[];
}

export interface InventoryEntry extends InventorySummary {
  readonly certificateDer: Uint8Array;
  /** The best path, issuer first, then certificates of other paths. */
  readonly chainDer: readonly Uint8Array[];
}

/** The content of an entry that an upload sets. */
export interface EntryContent {
  readonly type: CertificateType;
  readonly certificateDer: Uint8Array;
  /** Empty with `issuerId`. */
  readonly chainDer: readonly Uint8Array[];
  /**
   * The key generation here that issued the certificate: readers get its current chain. Null for an
   * upload.
   */
  readonly issuerId: string | null;
  readonly sealedPrivateKey: string | null;
  /** SubjectPublicKeyInfo, or null. */
  readonly uploadPublicKeyDer: Uint8Array | null;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly fingerprintHex: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly marks: readonly string[];
  readonly origin: InventoryOrigin;
}

export interface CreateCommit {
  readonly id: string;
  readonly name: string;
  readonly content: EntryContent;
  /** The quota of accounts without their own. */
  readonly defaultQuota: number;
  readonly audit: AuditEvent;
}

export interface ReplaceCommit {
  readonly id: string;
  /** Null keeps the name. */
  readonly name: string | null;
  readonly content: EntryContent;
  /** Whether the entry must still have `uploadPublicKeyDer`, for which the sealed key was encrypted. */
  readonly keepsUploadPublicKey: boolean;
  readonly audit: AuditEvent;
}

export interface RenameCommit {
  readonly id: string;
  readonly name: string;
  readonly audit: AuditEvent;
}

export interface EntryCommit {
  readonly id: string;
  readonly audit: AuditEvent;
}

export interface BindingCommit extends EntryCommit {
  readonly serviceName: string;
  readonly resourceId: string;
}

export interface ListFilter {
  /** Only the entry with exactly this name. */
  readonly name?: string;
  /** Only entries with the certificate of this SHA-256; not together with `name`. */
  readonly fingerprintHex?: string;
  /** Only entries that sort after this name. */
  readonly after?: string;
  /** Without a limit all entries are listed. */
  readonly limit?: number;
}

export interface IssuedForInventory {
  readonly certificateDer: Uint8Array;
  readonly isRevoked: boolean;
}

/**
 * Entries of the principal's account. An entry of another account is 'not-found', like one that does
 * not exist. Every method checks the principal's grant in its own transaction and throws forbidden,
 * unknown-access-key, access-key-disabled or access-key-expired. A write and its audit event are
 * committed together. Reads take the time of the check in Unix seconds.
 */
export interface InventoryStore {
  create(
    principal: Principal,
    commit: CreateCommit,
  ): Promise<'created' | 'name-taken' | 'quota-exceeded' | 'no-account' | 'id-taken'>;
  replace(
    principal: Principal,
    commit: ReplaceCommit,
  ): Promise<'replaced' | 'not-found' | 'in-use' | 'not-expired' | 'name-taken' | 'changed'>;
  rename(
    principal: Principal,
    commit: RenameCommit,
  ): Promise<'renamed' | 'not-found' | 'name-unchanged' | 'name-taken'>;
  remove(principal: Principal, commit: EntryCommit): Promise<'removed' | 'not-found' | 'in-use'>;
  find(principal: Principal, id: string, nowSeconds: number): Promise<InventoryEntry | null>;
  /** Lists entries by name. */
  list(
    principal: Principal,
    filter: ListFilter,
    nowSeconds: number,
  ): Promise<readonly InventorySummary[]>;
  /** Returns undefined if there is no such entry. */
  findUploadPublicKey(
    principal: Principal,
    id: string,
    nowSeconds: number,
  ): Promise<Uint8Array | null | undefined>;
  /** Reads the key and records an audit event in one commit. */
  readPrivateKey(
    principal: Principal,
    commit: EntryCommit,
  ): Promise<{ readonly entry: InventoryEntry; readonly sealed: string | null } | null>;
  findIssued(
    principal: Principal,
    authorityId: string,
    serialHex: string,
    nowSeconds: number,
  ): Promise<IssuedForInventory | null>;
}

/** Bindings of the entries of the principal's account, under the same rules. */
export interface BindingStore {
  /** Adds a binding, or updates the time of an existing one. */
  bind(
    principal: Principal,
    commit: BindingCommit & { readonly mostBindings: number },
  ): Promise<'bound' | 'not-found' | 'too-many'>;
  unbind(
    principal: Principal,
    commit: BindingCommit,
  ): Promise<'unbound' | 'not-found' | 'not-bound'>;
  /** Returns null if there is no such entry. */
  listBindings(
    principal: Principal,
    id: string,
    nowSeconds: number,
  ): Promise<readonly Binding[] | null>;
}
