import type { Principal } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';

/** 1 for servers, 2 for clients. */
export type CertificateType = 1 | 2;

/** What is told of a certificate that is kept all the same, since it is its owner's. */
export type Mark =
  | 'weak-key'
  | 'weak-signature'
  | 'weak-chain-signature'
  | 'unverified-signature'
  | 'unknown-critical-extension';

/** How it came in: uploaded, or taken over from what was issued here. */
export type InventoryOrigin = 'upload' | 'issued';

/** That something uses a certificate. */
export interface Binding {
  readonly serviceName: string;
  readonly resourceId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Everything about an entry but its bytes: what lists hold. */
export interface InventorySummary {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly type: CertificateType;
  readonly hasPrivateKey: boolean;
  /** Empty where the subject has none. */
  readonly commonName: string;
  /** DNS names and IP addresses of the subjectAltName. */
  readonly dnsNames: readonly string[];
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintHex: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** Of the kind Mark; what older versions noted stays as it is. */
  readonly marks: readonly string[];
  readonly origin: InventoryOrigin;
  /** The last threshold in days before expiry that was announced, 0 for the expiry itself. */
  readonly notifiedDays: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** In use is what has one. */
  readonly bindings: readonly Binding[];
}

export interface InventoryEntry extends InventorySummary {
  readonly certificateDer: Uint8Array;
  /** Issuer first. */
  readonly chainDer: readonly Uint8Array[];
}

/** What one upload makes of an entry. */
export interface EntryContent {
  readonly type: CertificateType;
  readonly certificateDer: Uint8Array;
  readonly chainDer: readonly Uint8Array[];
  readonly sealedPrivateKey: string | null;
  /** SubjectPublicKeyInfo, or null. */
  readonly uploadPublicKeyDer: Uint8Array | null;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
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
  /** What holds for accounts without a quota of their own. */
  readonly defaultQuota: number;
  readonly audit: AuditEvent;
}

export interface ReplaceCommit {
  readonly id: string;
  /** Null keeps the name. */
  readonly name: string | null;
  readonly content: EntryContent;
  /** Whether `uploadPublicKeyDer` must still be what the entry has: the sealed key was made for it. */
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
  /** The entry of exactly this name. */
  readonly name?: string;
  /** Entries come by name; those up to this name are left out. */
  readonly after?: string;
  /** Without one: all. */
  readonly limit?: number;
}

/** A certificate that was issued here, with the chain of the authority that did. */
export interface IssuedForInventory {
  readonly certificateDer: Uint8Array;
  readonly chainDer: readonly Uint8Array[];
  readonly isRevoked: boolean;
}

/**
 * Entries of the principal's account: what another account owns is 'not-found', like what is not
 * there. Every method checks the principal's grant in its own transaction and throws what it lacks
 * (forbidden, unknown-access-key, access-key-disabled, access-key-expired); writes commit with
 * their audit event or not at all. Reads take the time that grants are judged by, in Unix seconds.
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
  /** By name. */
  list(
    principal: Principal,
    filter: ListFilter,
    nowSeconds: number,
  ): Promise<readonly InventorySummary[]>;
  /** Undefined where there is no such entry. */
  findUploadPublicKey(
    principal: Principal,
    id: string,
    nowSeconds: number,
  ): Promise<Uint8Array | null | undefined>;
  /** Reads and records the reading in one commit. */
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

/** What uses the entries of the principal's account, under the same rules. */
export interface BindingStore {
  /** Again for a binding that is there: it is brought up to date. */
  bind(
    principal: Principal,
    commit: BindingCommit & { readonly mostBindings: number },
  ): Promise<'bound' | 'not-found' | 'too-many'>;
  unbind(
    principal: Principal,
    commit: BindingCommit,
  ): Promise<'unbound' | 'not-found' | 'not-bound'>;
  /** Null where there is no such entry. */
  listBindings(
    principal: Principal,
    id: string,
    nowSeconds: number,
  ): Promise<readonly Binding[] | null>;
}
