import { beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Principal } from '../../src/access/principal.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { createInventoryStore } from '../../src/store/inventory.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import {
  addAccount,
  makeEntry,
  makeInventory,
  makeReplacement,
  REQUEST,
  ROOT,
} from '../inventory/make-inventory.ts';
import { derOf, LEAF_KEY_PEM, privateKeyPem, uploadPem } from '../inventory/uploads.ts';
import { countRows, instrument, NOW_SECONDS, openDatabase } from './database.ts';

const target = { serviceName: 's', resourceId: 'r' };
const replacement = makeReplacement({
  certificate: uploadPem('self-rsa'),
  privateKey: privateKeyPem('rsa-pkcs8'),
});

let db: D1Database;
let inventory: Inventory;
beforeEach(async () => {
  db = await openDatabase();
  ({ inventory } = makeInventory(db));
});

async function add(name: string, principal: Principal = ROOT): Promise<string> {
  return (await inventory.create(principal, makeEntry(name), REQUEST)).id;
}

async function expire(id: string): Promise<void> {
  await db
    .prepare('UPDATE inventory SET not_after_s = ?2 WHERE id = ?1')
    .bind(id, NOW_SECONDS - 1)
    .run();
}

/** Reads every table, to compare whole databases. */
async function dump(): Promise<unknown> {
  const tables = ['inventory', 'inventory_bindings', 'audit_events'];
  const answers = await Promise.all(
    tables.map((table) => db.prepare(`SELECT * FROM ${table}`).all()),
  );
  return answers.map(({ results }) => results);
}

/** Returns how many of `attempts` succeeded, and the error codes of the others. */
async function settle(attempts: readonly Promise<unknown>[]) {
  const outcomes = await Promise.allSettled(attempts);
  const codes = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String(Reflect.get(Object(outcome.reason), 'code'))] : [],
  );
  return { done: outcomes.length - codes.length, codes: [...new Set(codes)] };
}

describe('concurrent requests', () => {
  it('give a name to one of many new entries', async () => {
    const attempts = Array.from({ length: 20 }, () => add('a'));
    expect(await settle(attempts)).toEqual({ done: 1, codes: ['name-taken'] });
    expect(await countRows(db, 'inventory')).toBe(1);
    expect(await countRows(db, 'audit_events')).toBe(1);
  });

  it('keep the quota', async () => {
    ({ inventory } = makeInventory(db, { defaultQuota: 5 }));
    const attempts = Array.from({ length: 20 }, (_, i) => add(`a${i}`));
    expect(await settle(attempts)).toEqual({ done: 5, codes: ['quota-exceeded'] });
    expect(await countRows(db, 'inventory')).toBe(5);
    expect(await countRows(db, 'audit_events')).toBe(5);
  });

  it('give a name to one of many renamed entries', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => add(`a${i}`)));
    const attempts = ids.map((id) => inventory.rename(ROOT, id, 'b', REQUEST));
    expect(await settle(attempts)).toEqual({ done: 1, codes: ['name-taken'] });
  });

  it('give a name to one of many replaced entries', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => add(`a${i}`)));
    for (const id of ids) await expire(id);
    const attempts = ids.map((id) =>
      inventory.replace(ROOT, id, { ...replacement, name: 'b' }, REQUEST),
    );
    expect(await settle(attempts)).toEqual({ done: 1, codes: ['name-taken'] });
    const names = (await inventory.list(ROOT)).map(({ name }) => name);
    expect(names.filter((name) => name === 'b')).toHaveLength(1);
  });

  it('either bind an entry or delete it', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await add(`a${round}`);
      const { done } = await settle([
        inventory.remove(ROOT, id, REQUEST),
        inventory.bind(ROOT, id, target, REQUEST),
      ]);
      expect(done).toBe(1);
    }
    const orphans = await db
      .prepare(
        'SELECT COUNT(*) AS n FROM inventory_bindings WHERE certificate_id NOT IN (SELECT id FROM inventory)',
      )
      .first('n');
    expect(orphans).toBe(0);
  });

  it('replace an entry once', async () => {
    const id = await add('a');
    await expire(id);
    const attempts = Array.from({ length: 5 }, () =>
      inventory.replace(ROOT, id, replacement, REQUEST),
    );
    expect(await settle(attempts)).toEqual({ done: 1, codes: ['not-replaceable'] });
  });
});

describe('an upload public key that changes during a replacement', () => {
  it('is used: the private key is sealed for it or not at all', async () => {
    const id = await add('a');
    await expire(id);
    const spki = parseCertificate(derOf(uploadPem('self-rsa'))).spkiDer;
    const store = createInventoryStore(db);
    let readings = 0;
    const { inventory: racing } = makeInventory(db, {
      store: {
        ...store,
        async findUploadPublicKey(...args) {
          const former = await store.findUploadPublicKey(...args);
          if (readings++ === 0) {
            await db
              .prepare('UPDATE inventory SET upload_public_key = ?1')
              .bind(spki.toBase64())
              .run();
          }
          return former;
        },
      },
    });
    await racing.replace(ROOT, id, replacement, REQUEST);
    expect(readings).toBe(2);
    const { privateKeyPem: key } = await inventory.readPrivateKey(ROOT, id, REQUEST);
    expect(key).toMatch(/^-----BEGIN CMS-----/);
  });
});

describe('round trips to D1', () => {
  it('are one per operation, and two for replacements that keep the upload public key', async () => {
    const { db: counted, calls } = instrument(db);
    ({ inventory } = makeInventory(counted));
    const trips = async (act: () => Promise<unknown>) => {
      const before = calls.count;
      await act();
      return calls.count - before;
    };
    let id = '';
    expect(await trips(async () => (id = await add('a')))).toBe(1);
    expect(await trips(() => inventory.find(ROOT, id))).toBe(1);
    expect(await trips(() => inventory.list(ROOT))).toBe(1);
    expect(await trips(() => inventory.readPrivateKey(ROOT, id, REQUEST))).toBe(1);
    expect(await trips(() => inventory.rename(ROOT, id, 'b', REQUEST))).toBe(1);
    expect(await trips(() => inventory.bind(ROOT, id, target, REQUEST))).toBe(1);
    expect(await trips(() => inventory.unbind(ROOT, id, target, REQUEST))).toBe(1);
    await expire(id);
    expect(await trips(() => inventory.replace(ROOT, id, replacement, REQUEST))).toBe(2);
    expect(await trips(() => inventory.remove(ROOT, id, REQUEST))).toBe(1);
  });
});

describe('if the database fails', () => {
  it.each(['before', 'after'] as const)(
    '%s its answer, a replacement is whole or not there',
    async (when) => {
      const id = await add('a');
      await expire(id);
      const before = await dump();
      const faulty = instrument(db);
      const broken = makeInventory(faulty.db).inventory;
      for (const call of [1, 2]) {
        faulty.failAt(call, when);
        await expect(broken.replace(ROOT, id, replacement, REQUEST)).rejects.toMatchObject({
          code: 'record-unavailable',
        });
        // The answer was lost after the commit, so the new state is complete.
        if (call === 2 && when === 'after') break;
        expect(await dump()).toEqual(before);
      }
      const expected = when === 'before' ? LEAF_KEY_PEM : privateKeyPem('rsa-pkcs8');
      const { entry, privateKeyPem: key } = await inventory.readPrivateKey(ROOT, id, REQUEST);
      expect(key).toBe(expected);
      expect(entry.commonName).toBe(when === 'before' ? 'www.example.org' : 'self.example.org');
    },
  );

  it('in the middle of the batch, nothing of a replacement stays', async () => {
    const id = await add('a');
    await expire(id);
    const before = await dump();
    // The event cannot be written, so the batch fails after its first statement.
    await db.prepare('ALTER TABLE audit_events RENAME TO gone').run();
    await expect(inventory.replace(ROOT, id, replacement, REQUEST)).rejects.toMatchObject({
      code: 'record-unavailable',
    });
    await expect(add('b')).rejects.toMatchObject({ code: 'record-unavailable' });
    await expect(inventory.remove(ROOT, id, REQUEST)).rejects.toMatchObject({
      code: 'record-unavailable',
    });
    // No key is returned without its event either.
    await expect(inventory.readPrivateKey(ROOT, id, REQUEST)).rejects.toMatchObject({
      code: 'record-unavailable',
    });
    await db.prepare('ALTER TABLE gone RENAME TO audit_events').run();
    expect(await dump()).toEqual(before);
  });

  it('while a private key is read, no key is returned', async () => {
    const id = await add('a');
    const faulty = instrument(db);
    const broken = makeInventory(faulty.db).inventory;
    for (const when of ['before', 'after'] as const) {
      faulty.failAt(1, when);
      await expect(broken.readPrivateKey(ROOT, id, REQUEST)).rejects.toMatchObject({
        code: 'record-unavailable',
      });
    }
  });
});

describe('the access key of a request', () => {
  const OPERATIONS: readonly [
    Grant['scope'],
    string,
    (who: Principal, id: string) => Promise<unknown>,
  ][] = [
    ['inventory:Write', 'create', (who) => inventory.create(who, makeEntry('new'), REQUEST)],
    ['inventory:Write', 'replace', (who, id) => inventory.replace(who, id, replacement, REQUEST)],
    ['inventory:Write', 'rename', (who, id) => inventory.rename(who, id, 'z', REQUEST)],
    ['inventory:Delete', 'remove', (who, id) => inventory.remove(who, id, REQUEST)],
    ['inventory:Read', 'find', (who, id) => inventory.find(who, id)],
    ['inventory:Read', 'list', (who) => inventory.list(who)],
    ['inventory:Read', 'list by name', (who) => inventory.list(who, { name: 'a' })],
    [
      'inventory:ReadPrivateKey',
      'readPrivateKey',
      (who, id) => inventory.readPrivateKey(who, id, REQUEST),
    ],
    ['inventory:Write', 'bind', (who, id) => inventory.bind(who, id, target, REQUEST)],
    ['inventory:Read', 'listBindings', (who, id) => inventory.listBindings(who, id)],
  ];

  async function addKey(
    scopes: readonly string[],
    enabled: 0 | 1,
    expiresAtSeconds: number | null,
  ) {
    await db
      .prepare(
        `INSERT INTO access_keys (id, account_id, name, secret, scopes, enabled, expires_at_s, created_at_ms)
VALUES ('ak-1', 'acct-a', 'k', 'v1.a.a', ?1, ?2, ?3, 0)`,
      )
      .bind(JSON.stringify(scopes), enabled, expiresAtSeconds)
      .run();
  }

  async function prepare(scope: Grant['scope']): Promise<{ who: Principal; id: string }> {
    const owner = await addAccount(db, 'acct-a');
    const id = await add('a', owner);
    await expire(id);
    const grant = { accessKeyId: 'ak-1', scope };
    return { who: { accountId: 'acct-a', actor: 'ak-1', grant, policyId: null }, id };
  }

  it.each(OPERATIONS)('needs %s to %s', async (scope, _, act) => {
    const { who, id } = await prepare(scope);
    const before = await dump();
    const refuses = async (code: string) => {
      await expect(act(who, id)).rejects.toMatchObject({ code });
      expect(await dump()).toEqual(before);
      await db.prepare('DELETE FROM access_keys').run();
    };
    await refuses('unknown-access-key');
    await addKey([scope], 0, null);
    await refuses('access-key-disabled');
    await addKey([scope], 1, NOW_SECONDS);
    await refuses('access-key-expired');
    await addKey(['certificates:*', 'inventory:Nothing'], 1, null);
    await refuses('forbidden');
    for (const scopes of [[scope], ['inventory:*'], ['accounts:Manage', '*']]) {
      await addKey(scopes, 1, NOW_SECONDS + 1);
      if (scopes[0] === scope) await act(who, id);
      else await inventory.list({ ...who, grant: { accessKeyId: 'ak-1', scope } });
      await db.prepare('DELETE FROM access_keys').run();
    }
  });

  it('learns that it lacks the scope, not whether the entry exists', async () => {
    const { who, id } = await prepare('inventory:Read');
    await addKey(['inventory:Write'], 1, null);
    for (const which of [id, 'cert-000000000000']) {
      await expect(inventory.find(who, which)).rejects.toMatchObject({ code: 'forbidden' });
    }
  });
});
