import { markChecked } from '../../../src/access/grant.ts';
import type { Principal } from '../../../src/access/principal.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { InventoryEntry } from '../../../src/inventory/store.ts';
import { NOW_MS, pemToDer } from '../fakes.ts';
import { LEAF_PEM, ROOT_PEM } from '../fixtures/certificates.ts';

export const ID = 'cert-5atue8m3sxsv';
export const PRIVATE_KEY_PEM = '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n';

export const ENTRY: InventoryEntry = {
  id: ID,
  accountId: 'acct-1',
  name: 'testCert',
  type: 1,
  hasPrivateKey: true,
  commonName: 'leaf.test',
  dnsNames: ['leaf.test', 'www.leaf.test'],
  ipAddresses: ['192.0.2.1'],
  fingerprintHex: '00'.repeat(32),
  notBeforeSeconds: NOW_MS / 1000 - 86_400,
  notAfterSeconds: NOW_MS / 1000 + 86_400,
  marks: [],
  origin: 'upload',
  notifiedDays: null,
  createdAtMs: NOW_MS - 1234,
  updatedAtMs: NOW_MS - 1,
  bindings: [],
  certificateDer: pemToDer(LEAF_PEM),
  chainDer: [pemToDer(ROOT_PEM)],
};

/** The arguments of a call, without the request's context. */
export type InventoryCall = readonly [name: keyof Inventory, ...args: unknown[]];

/** An inventory with one entry that records its calls. Functions can be replaced. */
export function createFakeInventory(overrides: Partial<Inventory> = {}) {
  const calls: InventoryCall[] = [];
  const noted = async <T>(result: T, name: keyof Inventory, ...args: unknown[]): Promise<T> => {
    calls.push([name, ...args]);
    return result;
  };
  const unexpected = async () => {
    throw new Error('This dialect does not call it.');
  };
  const inventory: Inventory = {
    create: (principal, entry) => noted({ id: ID, name: entry.name }, 'create', principal, entry),
    replace: (principal, id, entry) => noted(undefined, 'replace', principal, id, entry),
    rename: (principal, id, name) => noted(undefined, 'rename', principal, id, name),
    find: (principal, id) => noted(ENTRY, 'find', principal, id),
    list: (principal, filter) => noted([ENTRY], 'list', principal, filter),
    readPrivateKey: (principal, id) =>
      noted({ entry: ENTRY, privateKeyPem: PRIVATE_KEY_PEM }, 'readPrivateKey', principal, id),
    remove: (principal, id) => noted(undefined, 'remove', principal, id),
    addIssued: unexpected,
    bind: unexpected,
    unbind: unexpected,
    listBindings: unexpected,
    ...overrides,
  };
  return { inventory: checkGrants(inventory), calls };
}

/** Marks the grant of each call as checked, as the queries of the inventory do. */
function checkGrants(inventory: Inventory): Inventory {
  return new Proxy(inventory, {
    get(target, name, receiver) {
      const call: unknown = Reflect.get(target, name, receiver);
      if (typeof call !== 'function') return call;
      return (principal: Principal, ...rest: readonly unknown[]) => {
        markChecked(principal.grant);
        return Reflect.apply(call, target, [principal, ...rest]);
      };
    },
  });
}
