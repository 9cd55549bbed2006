import { beforeEach, describe, expect, it } from 'vitest';
import { createIdempotency, type Idempotency } from '../../src/access/idempotency.ts';
import { secretRecordId } from '../../src/access/secrets.ts';
import { resealTexts, type SealedTextStore } from '../../src/inventory/reseal.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { createIdempotencyStore } from '../../src/store/idempotency-key.ts';
import {
  createSealedAccessKeyStore,
  createSealedAnswerStore,
  createSealedPrivateKeyStore,
} from '../../src/store/sealed-texts.ts';
import { NOW_MS, openDatabase } from '../store/database.ts';
import { makeEntry, makeInventory, REQUEST, ROOT } from './make-inventory.ts';
import { LEAF_KEY_PEM } from './uploads.ts';

const key = (version: number) => [version, new Uint8Array(32).fill(version)] as const;
const sealerOf = (...versions: number[]) => createSealer(new Map(versions.map(key)));
const secret = new TextEncoder().encode('a secret of an access key');

const AK_1 = secretRecordId({
  id: 'ak-1',
  accountId: 'root',
  scopes: [],
  enabled: true,
  expiresAtSeconds: null,
  policyId: null,
});
let db: D1Database;
let stores: SealedTextStore[];
beforeEach(async () => {
  db = await openDatabase();
  stores = [
    createSealedPrivateKeyStore(db),
    createSealedAccessKeyStore(db),
    createSealedAnswerStore(db),
  ];
});

const reseal = (...versions: number[]) =>
  resealTexts({ sealer: sealerOf(...versions), stores, random: Math.random });

async function addEntry(name: string, ...versions: number[]): Promise<string> {
  const { inventory } = makeInventory(db, { sealer: sealerOf(...versions) });
  return (await inventory.create(ROOT, makeEntry(name), REQUEST)).id;
}

async function readKey(id: string, ...versions: number[]): Promise<string | null> {
  const { inventory } = makeInventory(db, { sealer: sealerOf(...versions) });
  return (await inventory.readPrivateKey(ROOT, id, REQUEST)).privateKeyPem;
}

async function addAccessKey(id: string, sealed: string): Promise<void> {
  await db
    .prepare(
      `INSERT INTO access_keys (id, account_id, name, secret, scopes, enabled, created_at_ms)
VALUES (?1, 'root', 'k', ?2, '[]', 1, 0)`,
    )
    .bind(id, sealed)
    .run();
}

/** Returns the answer stored under `key`, or stores `text`. */
async function answerOnce(key: string, text: string, ...versions: number[]): Promise<string> {
  const idempotency: Idempotency = createIdempotency({
    store: createIdempotencyStore(db),
    sealer: sealerOf(...versions),
    clock: () => NOW_MS,
  });
  const request = { method: 'POST', path: '/', body: new Uint8Array() };
  const { answer } = await idempotency.run(ROOT, key, request, async () => ({
    status: 201,
    headers: [],
    body: new TextEncoder().encode(text),
  }));
  return new TextDecoder().decode(answer.body);
}

/** Adds `count` rows with a private key sealed by version 1. */
async function addRows(count: number): Promise<void> {
  const sealer = sealerOf(1);
  const ids = Array.from({ length: count }, (_, i) => `cert-${String(i).padStart(12, '0')}`);
  for (let at = 0; at < ids.length; at += 100) {
    const rows = await Promise.all(
      ids.slice(at, at + 100).map(async (id) => [id, await sealer.seal(`root:${id}`, secret)]),
    );
    await db
      .prepare(
        `INSERT INTO inventory (id, account_id, name, type, certificate, chain, private_key,
  common_name, dns_names, fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
SELECT value ->> 0, 'root', value ->> 0, 1, '', '[]', value ->> 1, '', '[]', '', 0, 0, '[]', 'upload', 0, 0
FROM json_each(?1)`,
      )
      .bind(JSON.stringify(rows))
      .run();
  }
}

describe('resealTexts', () => {
  it('gets past any number of texts that do not open', async () => {
    const id = await addEntry('a', 2);
    await addRows(600);
    const sealer = sealerOf(2, 3);
    const report = await resealTexts({ sealer, stores, random: () => 0.99 });
    expect(report).toMatchObject({ version: 3, resealed: 1, remaining: 600 });
    expect(await readKey(id, 3)).toBe(LEAF_KEY_PEM);
  });

  it('reseals private keys and secrets, so that the old key may be removed', async () => {
    const id = await addEntry('a', 1);
    const { inventory } = makeInventory(db);
    await inventory.create(ROOT, makeEntry('b', { type: 2, privateKey: null }), REQUEST);
    await addAccessKey('ak-1', await sealerOf(1).seal(AK_1, secret));
    // Both versions are set: the old one opens old texts, the new one seals new texts.
    const newer = await addEntry('c', 1, 2);
    expect(await readKey(id, 1, 2)).toBe(LEAF_KEY_PEM);
    await expect(readKey(id, 2)).rejects.toMatchObject({ code: 'sealing-unavailable' });

    expect(await reseal(1, 2)).toEqual({ version: 2, resealed: 2, failed: 0, remaining: 0 });
    expect(await readKey(id, 2)).toBe(LEAF_KEY_PEM);
    expect(await readKey(newer, 2)).toBe(LEAF_KEY_PEM);
    const sealed = await db.prepare('SELECT secret FROM access_keys').first<string>('secret');
    expect(await sealerOf(2).open(AK_1, sealed ?? '')).toEqual(secret);
    expect(await reseal(1, 2)).toEqual({ version: 2, resealed: 0, failed: 0, remaining: 0 });
  });

  it('reseals stored answers, and skips requests without an answer', async () => {
    for (const key of ['a', 'b:c', "'d", '%']) await answerOnce(key, `answer ${key}`, 1);
    await answerOnce('newer', 'answer newer', 1, 2);
    await db
      .prepare("INSERT INTO idempotency_keys VALUES ('root', 'open', 'aa', 0, '', ?1)")
      .bind(NOW_MS)
      .run();
    expect(await reseal(1, 2)).toEqual({ version: 2, resealed: 4, failed: 0, remaining: 0 });
    for (const key of ['a', 'b:c', "'d", '%', 'newer']) {
      expect(await answerOnce(key, 'done twice', 2)).toBe(`answer ${key}`);
    }
    const open = await db
      .prepare("SELECT status, answer FROM idempotency_keys WHERE key = 'open'")
      .first();
    expect(open).toEqual({ status: 0, answer: '' });
  });

  it('compares versions as numbers', async () => {
    const id = await addEntry('a', 9);
    expect(await reseal(9, 10)).toEqual({ version: 10, resealed: 1, failed: 0, remaining: 0 });
    expect(await readKey(id, 10)).toBe(LEAF_KEY_PEM);
  });

  it('does nothing without a key, and nothing to texts sealed by a higher version', async () => {
    await addEntry('a', 2);
    expect(await reseal()).toEqual({ version: 0, resealed: 0, failed: 0, remaining: 0 });
    expect(await reseal(1)).toEqual({ version: 1, resealed: 0, failed: 0, remaining: 0 });
  });

  it('skips texts that cannot be opened, and reports them', async () => {
    await addRows(60);
    // More than a page was sealed by a lost key.
    await db
      .prepare("UPDATE inventory SET private_key = 'v1.YQ.YQ' WHERE id < 'cert-000000000030'")
      .run();
    expect(await reseal(1, 2)).toEqual({ version: 2, resealed: 30, failed: 30, remaining: 30 });
    expect(await reseal(2)).toEqual({ version: 2, resealed: 0, failed: 30, remaining: 30 });
  });

  it('limits the work of one run', async () => {
    await addRows(510);
    expect(await reseal(1, 2)).toEqual({ version: 2, resealed: 350, failed: 0, remaining: 160 });
    expect(await reseal(1, 2)).toEqual({ version: 2, resealed: 160, failed: 0, remaining: 0 });
  });

  it('does not overwrite texts written meanwhile', async () => {
    const id = await addEntry('a', 1);
    const [inventoryTexts] = stores;
    if (inventoryTexts === undefined) throw new Error('no store');
    const written = await sealerOf(2).seal(`root:${id}`, new TextEncoder().encode('newer'));
    const racing: SealedTextStore = {
      ...inventoryTexts,
      async listBelow(...page) {
        const texts = await inventoryTexts.listBelow(...page);
        await db.prepare('UPDATE inventory SET private_key = ?1').bind(written).run();
        return texts;
      },
    };
    const report = await resealTexts({
      sealer: sealerOf(1, 2),
      stores: [racing],
      random: Math.random,
    });
    expect(report).toEqual({ version: 2, resealed: 0, failed: 0, remaining: 0 });
    expect(await readKey(id, 2)).toBe('newer');
  });

  it('may run several times at once', async () => {
    await addRows(40);
    const reports = await Promise.all([reseal(1, 2), reseal(1, 2), reseal(1, 2)]);
    expect(reports.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(40);
    expect((await reseal(1, 2)).remaining).toBe(0);
  });
});
