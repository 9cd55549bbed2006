import { describe, expect, it } from 'vitest';
import { type CleanUpDependencies, cleanUp } from '../../src/jobs/clean-up.ts';
import { createAcmeCertificateStore } from '../../src/store/acme-certificate.ts';
import { createIdempotencyStore } from '../../src/store/idempotency-key.ts';
import { createNonceStore } from '../../src/store/nonce.ts';
import { NOW_MS, NOW_SECONDS, openDatabase } from '../store/database.ts';

const DAY_SECONDS = 86400;
const RETENTION_SECONDS = 10 * DAY_SECONDS;
const NONE = {
  certificateBodies: 0,
  subjects: 0,
  policyCertificates: 0,
  acmeOrders: 0,
  acmeAuthorizations: 0,
  nonces: 0,
  idempotencyKeys: 0,
  sessions: 0,
  more: false,
};

/** A store with the given number of old bodies, which counts its calls. */
async function openCleanUp(bodies: number) {
  const calls: (readonly [name: string, beforeSeconds: number, limit: number])[] = [];
  const db = await openDatabase();
  const clock = () => NOW_MS;
  const dependencies: CleanUpDependencies = {
    certificates: {
      retentionSeconds: RETENTION_SECONDS,
      clock,
      store: {
        async deleteBodies(beforeSeconds, limit) {
          calls.push(['bodies', beforeSeconds, limit]);
          const count = Math.min(limit, bodies);
          bodies -= count;
          return count;
        },
        async deleteHolders(beforeSeconds, limit) {
          calls.push(['holders', beforeSeconds, limit]);
          return 0;
        },
        async deleteCounted(beforeSeconds, limit) {
          calls.push(['counted', beforeSeconds, limit]);
          return 0;
        },
      },
    },
    idempotency: { store: createIdempotencyStore(db), clock },
    nonces: { store: createNonceStore(db), clock },
    sessions: { deleteEnded: async () => 0 },
    acme: { store: createAcmeCertificateStore(db), clock },
  };
  return { calls, db, dependencies };
}

describe('cleanUp', () => {
  it('keeps bodies until their retention has passed, and holders until expiry', async () => {
    const { calls, dependencies } = await openCleanUp(0);
    expect(await cleanUp(dependencies)).toEqual(NONE);
    expect(calls).toEqual([
      ['bodies', NOW_SECONDS - RETENTION_SECONDS, 1000],
      ['holders', NOW_SECONDS, 1000],
      ['counted', NOW_SECONDS, 1000],
    ]);
  });

  it('works in steps, and reports whether rows are left', async () => {
    const { calls, dependencies } = await openCleanUp(7001);
    expect(await cleanUp(dependencies)).toEqual({ ...NONE, certificateBodies: 5000, more: true });
    expect(calls).toHaveLength(7);
    expect(await cleanUp(dependencies)).toEqual({ ...NONE, certificateBodies: 2001 });
    expect(calls).toHaveLength(12);
  });

  it('deletes only expired nonces and idempotency keys', async () => {
    const { db, dependencies } = await openCleanUp(0);
    await db.batch([
      db
        .prepare(
          `INSERT INTO nonces SELECT 'ak', value, 'request', ?1 - value FROM json_each('[1859,1860,1861]')`,
        )
        .bind(NOW_SECONDS),
      db
        .prepare(
          `INSERT INTO idempotency_keys SELECT 'root', value, '', 200, '', ?1 - value
           FROM json_each('[86399999,86400000]')`,
        )
        .bind(NOW_MS),
    ]);
    expect(await cleanUp(dependencies)).toEqual({ ...NONE, nonces: 2, idempotencyKeys: 1 });
    expect(await db.prepare('SELECT nonce FROM nonces').raw()).toEqual([['1859']]);
    expect(await db.prepare('SELECT key FROM idempotency_keys').raw()).toEqual([['86399999']]);
  });
});
