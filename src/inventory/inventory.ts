import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import type { Bindings } from './bindings.ts';
import type { Upload } from './read-upload.ts';
import type { InventoryEntry, InventorySummary, ListFilter } from './store.ts';

export interface Replacement extends Upload {
  /** Null keeps the entry's name. */
  readonly name: string | null;
  /** RSA or P-256, as PEM or base64 of SPKI. With it, only its owner can read the private key. */
  readonly uploadPublicKey: string | null;
}

export interface NewEntry extends Replacement {
  readonly name: string;
}

export interface IssuedReference {
  readonly authorityId: string;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly name: string;
  /** With a private key the entry is a server certificate, without one a client certificate. */
  readonly privateKey: string | null;
}

/**
 * The certificates that accounts store here; `createInventory` makes it. Every method throws
 * record-unavailable, or an error that says why the principal's grant does not hold.
 */
export interface Inventory extends Bindings {
  /**
   * Adds an entry.
   * @throws SignetError invalid-name, name-taken, quota-exceeded, sealing-unavailable, and what
   *   readUpload and readUploadPublicKey throw
   */
  create(
    principal: Principal,
    entry: NewEntry,
    request: RequestContext,
  ): Promise<{ readonly id: string; readonly name: string }>;
  /**
   * Replaces the certificate of an entry that has expired and is not in use.
   * @throws SignetError inventory-not-found, invalid-name, name-taken, in-use, not-replaceable,
   *   sealing-unavailable, and what readUpload and readUploadPublicKey throw
   */
  replace(
    principal: Principal,
    id: string,
    replacement: Replacement,
    request: RequestContext,
  ): Promise<void>;
  /** @throws SignetError inventory-not-found, invalid-name, name-taken, name-unchanged */
  rename(principal: Principal, id: string, name: string, request: RequestContext): Promise<void>;
  /** @throws SignetError inventory-not-found */
  find(principal: Principal, id: string): Promise<InventoryEntry>;
  /** Lists entries by name. */
  list(principal: Principal, filter?: ListFilter): Promise<readonly InventorySummary[]>;
  /**
   * Returns the private key as PEM. If the entry has an upload public key, it is a PEM "CMS" that only
   * the key's owner can open. An audit event is committed before the key is returned.
   * @throws SignetError inventory-not-found, sealing-unavailable
   */
  readPrivateKey(
    principal: Principal,
    id: string,
    request: RequestContext,
  ): Promise<{ readonly entry: InventoryEntry; readonly privateKeyPem: string | null }>;
  /** @throws SignetError inventory-not-found, in-use */
  remove(principal: Principal, id: string, request: RequestContext): Promise<void>;
  /**
   * Adds a certificate that was issued here to the same account.
   * @throws SignetError certificate-not-found, already-revoked, and what `create` throws
   */
  addIssued(
    principal: Principal,
    reference: IssuedReference,
    request: RequestContext,
  ): Promise<{ readonly id: string; readonly name: string }>;
}
