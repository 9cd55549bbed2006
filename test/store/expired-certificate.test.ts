import { beforeEach, describe, expect, it } from 'vitest';
import { createExpiredCertificateStore } from '../../src/store/expired-certificate.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { makeIssuance, NOW_SECONDS, openDatabaseWithAuthority } from './database.ts';

/** The expiry of each certificate, in no order. */
const EXPIRIES = { a1: NOW_SECONDS - 10, a2: NOW_SECONDS - 30, a3: NOW_SECONDS - 20 };

let db: D1Database;
beforeEach(async () => {
  db = await openDatabaseWithAuthority();
  const store = createIssuanceStore(db);
  for (const [serialHex, notAfterSeconds] of Object.entries(EXPIRIES)) {
    await store.commitIssuance(await makeIssuance({ serialHex }, serialHex));
    // Expired certificates cannot be issued, so the expiry is set afterwards.
    for (const table of ['certificates', 'subject_holders']) {
      await db
        .prepare(`UPDATE ${table} SET not_after_s = ?2 WHERE serial = ?1`)
        .bind(serialHex, notAfterSeconds)
        .run();
    }
  }
});

async function list(sql: string): Promise<unknown[]> {
  return (await db.prepare(sql).raw()).flat();
}

describe('createExpiredCertificateStore', () => {
  it('deletes the oldest bodies first, up to the limit, and nothing else', async () => {
    const { deleteBodies } = createExpiredCertificateStore(db);
    const whole = 'SELECT serial FROM certificates WHERE certificate IS NOT NULL ORDER BY serial';
    expect(await deleteBodies(NOW_SECONDS, 1)).toBe(1);
    expect(await list(whole)).toEqual(['a1', 'a3']);
    expect(await deleteBodies(NOW_SECONDS - 10, 5)).toBe(1);
    expect(await list(whole)).toEqual(['a1']);
    expect(await deleteBodies(NOW_SECONDS - 10, 5)).toBe(0);
    expect(await list('SELECT DISTINCT subject FROM certificates')).toEqual(['CN=a']);
    expect(await list('SELECT COUNT(*) FROM certificates')).toEqual([3]);
    expect(await list('SELECT COUNT(*) FROM subject_holders')).toEqual([3]);
  });

  it('deletes subject holders in the same way', async () => {
    const { deleteHolders } = createExpiredCertificateStore(db);
    const held = 'SELECT subject FROM subject_holders ORDER BY subject';
    expect(await deleteHolders(NOW_SECONDS, 1)).toBe(1);
    expect(await list(held)).toEqual(['a1', 'a3']);
    expect(await deleteHolders(NOW_SECONDS - 10, 5)).toBe(1);
    expect(await list(held)).toEqual(['a1']);
    expect(await list('SELECT COUNT(*) FROM certificates')).toEqual([3]);
  });
});
