import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import type { Bindings } from './bindings.ts';
import type { Upload } from './read-upload.ts';
import type { InventoryEntry, InventorySummary, ListFilter } from './store.ts';

/** What the inventory does; create-inventory.ts makes it. */

export interface Replacement extends Upload {
  /** Null keeps the name that the entry has. */
  readonly name: string | null;
  /** RSA or P-256, as PEM or base64 of SPKI: the private key is then kept for its holder alone. */
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
  /** With it the entry is a server certificate, without it a client certificate. */
  readonly privateKey: string | null;
}

/**
 * The certificates that accounts keep here. Beside what each operation names, all throw what the
 * principal's grant lacks, and record-unavailable.
 */
export interface Inventory extends Bindings {
  /**
   * @throws SignetError invalid-name, name-taken, quota-exceeded, sealing-unavailable, and what
   *   readUpload and readUploadPublicKey throw
   */
  create(
    principal: Principal,
    entry: NewEntry,
    request: RequestContext,
  ): Promise<{ readonly id: string; readonly name: string }>;
  /**
   * Puts another certificate into an entry that is expired and not in use.
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
  /** By name. */
  list(principal: Principal, filter?: ListFilter): Promise<readonly InventorySummary[]>;
  /**
   * The private key as PEM; where the entry has an upload public key, in a PEM "CMS" that only its
   * holder opens. Each reading is on the audit record before it is answered.
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
   * Takes over a certificate that was issued here to the same account.
   * @throws SignetError certificate-not-found, already-revoked, and what `create` throws
   */
  addIssued(
    principal: Principal,
    reference: IssuedReference,
    request: RequestContext,
  ): Promise<{ readonly id: string; readonly name: string }>;
}
