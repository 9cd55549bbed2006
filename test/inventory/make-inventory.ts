import type { Principal } from '../../src/access/principal.ts';
import { createInventory } from '../../src/inventory/create-inventory.ts';
import type { Inventory, NewEntry, Replacement } from '../../src/inventory/inventory.ts';
import type { InventoryStore } from '../../src/inventory/store.ts';
import { createSealer, type Sealer } from '../../src/keys/sealing.ts';
import { createInventoryStore } from '../../src/store/inventory.ts';
import { createBindingStore } from '../../src/store/inventory-bindings.ts';
import { NOW_MS } from '../store/database.ts';
import { makeUpload } from './uploads.ts';

export const REQUEST = { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' };
export const ROOT: Principal = {
  accountId: 'root',
  actor: 'root-key',
  grant: null,
  policyId: null,
};

export const SEALER = createSealer(new Map([[1, new Uint8Array(32).fill(1)]]));

/** Makes an inventory on `db` with a clock that can be set. */
export function makeInventory(
  db: D1Database,
  {
    sealer = SEALER,
    defaultQuota = 200,
    store = createInventoryStore(db),
  }: { sealer?: Sealer; defaultQuota?: number; store?: InventoryStore } = {},
): { readonly inventory: Inventory; setClock(ms: number): void } {
  let nowMs = NOW_MS;
  const inventory = createInventory({
    store,
    bindings: createBindingStore(db),
    sealer,
    clock: () => nowMs,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    defaultQuota,
  });
  return {
    inventory,
    setClock: (ms) => {
      nowMs = ms;
    },
  };
}

export function makeEntry(name: string, overrides: Partial<NewEntry> = {}): NewEntry {
  return { ...makeUpload(), uploadPublicKey: null, name, ...overrides };
}

/** A replacement without a name, which keeps the entry's name. */
export function makeReplacement(overrides: Partial<Replacement> = {}): Replacement {
  return { ...makeUpload(), uploadPublicKey: null, name: null, ...overrides };
}

/** Creates the account and returns a principal of it. */
export async function addAccount(
  db: D1Database,
  accountId: string,
  inventoryQuota: number | null = null,
): Promise<Principal> {
  await db
    .prepare(
      'INSERT INTO accounts (id, name, inventory_quota, created_at_ms) VALUES (?1, ?1, ?2, 0)',
    )
    .bind(accountId, inventoryQuota)
    .run();
  return { accountId, actor: `key-of-${accountId}`, grant: null, policyId: null };
}

/** Reads the audit events of the inventory, in order. */
export async function listEvents(db: D1Database): Promise<unknown[]> {
  const { results } = await db
    .prepare('SELECT action, account_id, target FROM audit_events ORDER BY position')
    .all();
  return results.map(({ action, account_id, target }) => [action, account_id, target]);
}
