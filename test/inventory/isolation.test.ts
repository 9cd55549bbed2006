import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import { SignetError } from '../../src/errors.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { NOW_SECONDS, openDatabase } from '../store/database.ts';
import {
  addAccount,
  makeEntry,
  makeInventory,
  makeReplacement,
  REQUEST,
  ROOT,
} from './make-inventory.ts';
import { LEAF_KEY_PEM } from './uploads.ts';

const QUOTA = 3;
const NAMES = ['a', 'b', 'c', 'd'];
const KEEP_NAME = 'd';
const target = { serviceName: 's', resourceId: 'r' };

interface ModelEntry {
  readonly owner: string;
  name: string;
  isBound: boolean;
  isExpired: boolean;
}

type Model = Map<string, ModelEntry>;

const OPERATIONS = [
  'create',
  'rename',
  'remove',
  'find',
  'list',
  'listByName',
  'readPrivateKey',
  'replace',
  'bind',
  'unbind',
  'listBindings',
  'expire',
] as const;

const commands = fc.array(
  fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    actor: fc.nat(2),
    /** Picks one of all entries of any account, or one that does not exist. */
    entry: fc.nat(9),
    name: fc.constantFrom(...NAMES),
  }),
  { minLength: 15, maxLength: 40 },
);

/** Returns the entry if `owner` has it. */
function seen(model: Model, owner: string, id: string): ModelEntry | undefined {
  const entry = model.get(id);
  return entry?.owner === owner ? entry : undefined;
}

const owned = (model: Model, owner: string) =>
  [...model.values()].filter((entry) => entry.owner === owner);

/** Returns what `act` returns, or the code of its error. */
async function outcome(act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SignetError) return error.code;
    throw error;
  }
}

const summary = ({ name, bindings }: { name: string; bindings: readonly unknown[] }) =>
  `${name}:${bindings.length}`;
const modelSummary = ({ name, isBound }: ModelEntry) => `${name}:${isBound ? 1 : 0}`;

/** Runs one command on both; returns the real and the expected outcome. */
async function step(
  db: D1Database,
  inventory: Inventory,
  model: Model,
  who: Principal,
  { operation, id, name }: { operation: (typeof OPERATIONS)[number]; id: string; name: string },
): Promise<readonly [unknown, unknown]> {
  const owner = who.accountId;
  const mine = owned(model, owner);
  const entry = seen(model, owner, id);
  const taken = mine.some((other) => other.name === name);
  const gone = 'inventory-not-found';
  switch (operation) {
    case 'create': {
      const created = await outcome(async () => {
        const made = await inventory.create(who, makeEntry(name), REQUEST);
        model.set(made.id, { owner, name, isBound: false, isExpired: false });
        return 'done';
      });
      return [created, taken ? 'name-taken' : mine.length >= QUOTA ? 'quota-exceeded' : 'done'];
    }
    case 'rename': {
      const renamed = await outcome(() => inventory.rename(who, id, name, REQUEST));
      const expected =
        entry === undefined
          ? gone
          : entry.name === name
            ? 'name-unchanged'
            : taken
              ? 'name-taken'
              : undefined;
      if (entry !== undefined && expected === undefined) entry.name = name;
      return [renamed, expected];
    }
    case 'remove': {
      const removed = await outcome(() => inventory.remove(who, id, REQUEST));
      const expected = entry === undefined ? gone : entry.isBound ? 'in-use' : undefined;
      if (expected === undefined) model.delete(id);
      return [removed, expected];
    }
    case 'find':
      return [
        await outcome(async () => summary(await inventory.find(who, id))),
        entry === undefined ? gone : modelSummary(entry),
      ];
    case 'list':
      return [(await inventory.list(who)).map(summary), mine.map(modelSummary).sort()];
    case 'listByName':
      return [
        (await inventory.list(who, { name })).map(summary),
        mine.filter((other) => other.name === name).map(modelSummary),
      ];
    case 'readPrivateKey':
      return [
        await outcome(async () => (await inventory.readPrivateKey(who, id, REQUEST)).privateKeyPem),
        entry === undefined ? gone : LEAF_KEY_PEM,
      ];
    case 'replace': {
      // One of the names means no name.
      const replacement = makeReplacement({ name: name === KEEP_NAME ? null : name });
      const replaced = await outcome(() => inventory.replace(who, id, replacement, REQUEST));
      const expected =
        entry === undefined
          ? gone
          : entry.isBound
            ? 'in-use'
            : entry.isExpired
              ? replacement.name !== null && replacement.name !== entry.name && taken
                ? 'name-taken'
                : undefined
              : 'not-replaceable';
      if (entry !== undefined && expected === undefined) {
        entry.isExpired = false;
        entry.name = replacement.name ?? entry.name;
      }
      return [replaced, expected];
    }
    case 'bind':
    case 'unbind': {
      const done = await outcome(() => inventory[operation](who, id, target, REQUEST));
      const expected =
        entry === undefined
          ? gone
          : operation === 'unbind' && !entry.isBound
            ? 'not-found'
            : undefined;
      if (entry !== undefined) entry.isBound = operation === 'bind';
      return [done, expected];
    }
    case 'listBindings':
      return [
        await outcome(async () => (await inventory.listBindings(who, id)).length),
        entry === undefined ? gone : entry.isBound ? 1 : 0,
      ];
    case 'expire': {
      // Not a user's operation: the owner's entry expires.
      if (entry === undefined) return [null, null];
      entry.isExpired = true;
      await db
        .prepare('UPDATE inventory SET not_after_s = ?2 WHERE id = ?1')
        .bind(id, NOW_SECONDS - 1)
        .run();
      return [null, null];
    }
  }
}

describe('several accounts', () => {
  it('never see, change or count entries of another account', { timeout: 120_000 }, async () => {
    const db = await openDatabase();
    const principals = [
      ROOT,
      await addAccount(db, 'acct-a', QUOTA),
      await addAccount(db, 'acct-b', QUOTA),
    ];
    const { inventory } = makeInventory(db, { defaultQuota: QUOTA });
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        for (const table of ['inventory', 'inventory_bindings']) {
          await db.prepare(`DELETE FROM ${table}`).run();
        }
        const model: Model = new Map();
        for (const { operation, actor, entry, name } of steps) {
          const id = [...model.keys()][entry] ?? 'cert-000000000000';
          const [got, expected] = await step(db, inventory, model, principals[actor] ?? ROOT, {
            operation,
            id,
            name,
          });
          expect({ operation, got }).toEqual({ operation, got: expected });
        }
        // In the end every account has exactly what the model says.
        for (const who of principals) {
          const mine = owned(model, who.accountId).map(modelSummary).sort();
          expect((await inventory.list(who)).map(summary)).toEqual(mine);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('records each read of a key for the account that read it', async () => {
    const db = await openDatabase();
    const stranger = await addAccount(db, 'acct-a');
    const { inventory } = makeInventory(db);
    const { id } = await inventory.create(ROOT, makeEntry('a'), REQUEST);
    await outcome(() => inventory.readPrivateKey(stranger, id, REQUEST));
    const { results } = await db.prepare('SELECT DISTINCT account_id FROM audit_events').all();
    expect(results).toEqual([{ account_id: 'root' }]);
  });
});
