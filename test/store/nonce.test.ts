import { beforeEach, describe, expect, it } from 'vitest';
import type { NonceUse } from '../../src/access/nonces.ts';
import { createNonceStore } from '../../src/store/nonce.ts';
import { countRows, instrument, makeEvent, NOW_SECONDS, openDatabase } from './database.ts';

let db: D1Database;
beforeEach(async () => {
  db = await openDatabase();
});

const USE: NonceUse = {
  accessKeyId: 'ak-1',
  nonce: 'once',
  requestId: 'request-1',
  usedAtSeconds: NOW_SECONDS,
};
const REFUSED = makeEvent('cas.call', 'refused');
const REPLAYED = makeEvent('cas.call', 'replayed');

async function record(use: Partial<NonceUse>, on = db) {
  const used = { ...USE, ...use };
  const { isFirst } = await createNonceStore(on).recordRefusal(used, null, REFUSED, REPLAYED);
  const row = await db.prepare('SELECT target FROM audit_events ORDER BY position DESC').first();
  return [isFirst, row?.target];
}

describe('createNonceStore', () => {
  it('lets one request use a nonce several times', async () => {
    expect(await record({})).toEqual([true, 'refused']);
    expect(await record({})).toEqual([true, 'refused']);
    expect(await record({ requestId: 'request-2' })).toEqual([false, 'replayed']);
    expect(await record({ requestId: 'request-2', nonce: 'Once' })).toEqual([true, 'refused']);
    expect(await record({ requestId: 'request-2', accessKeyId: 'ak-2' })).toEqual([
      true,
      'refused',
    ]);
    expect(await countRows(db, 'audit_events')).toBe(5);
  });

  it('lets a nonce be used again after 31 minutes', async () => {
    await record({});
    const again = (seconds: number) =>
      record({ requestId: `after ${seconds}`, usedAtSeconds: NOW_SECONDS + seconds });
    expect(await again(1859)).toEqual([false, 'replayed']);
    expect(await again(1860)).toEqual([true, 'refused']);
    expect(await again(1861)).toEqual([false, 'replayed']);
  });

  it('writes the nonce and the event, or neither', async () => {
    const faulty = instrument(db);
    faulty.failAt(1, 'before');
    const recording = record({}, faulty.db);
    await expect(recording).rejects.toMatchObject({ code: 'record-unavailable' });
    await db.prepare('ALTER TABLE audit_events RENAME TO gone').run();
    await expect(record({})).rejects.toMatchObject({ code: 'record-unavailable' });
    expect(await countRows(db, 'nonces')).toBe(0);
  });

  it('deletes the oldest nonces first, up to the limit', async () => {
    for (const age of [1, 2, 3, 4]) {
      await record({ nonce: `n${age}`, usedAtSeconds: NOW_SECONDS - age });
    }
    const store = createNonceStore(db);
    expect(await store.deleteExpired(NOW_SECONDS - 2, 2)).toBe(2);
    const { results } = await db.prepare('SELECT nonce FROM nonces ORDER BY nonce').all();
    expect(results).toEqual([{ nonce: 'n1' }, { nonce: 'n2' }]);
    expect(await store.deleteExpired(NOW_SECONDS - 2, 2)).toBe(1);
    expect(await store.deleteExpired(NOW_SECONDS - 2, 2)).toBe(0);
  });
});
