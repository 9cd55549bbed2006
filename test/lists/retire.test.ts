import { beforeEach, describe, expect, it } from 'vitest';
import { currentCrl } from '../../src/lists/current-crl.ts';
import { currentDelta } from '../../src/lists/current-delta.ts';
import { COMPLETE } from '../../src/lists/list-store.ts';
import { CHUNK_LIFE_MS, retireRevocations } from '../../src/lists/retire.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createReleaseStore } from '../../src/store/release.ts';
import { createRetirementStore } from '../../src/store/retirement.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  countRows,
  makeEvent,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from '../store/database.ts';
import { makeAuthority, makeListDependencies } from './test-authority.ts';

const DAY = 86400;
const HOLD = 6;
/** The partition of certificates made by `makeIssuance`. */
const PARTITION = 3;

async function openWorld() {
  const db = await openDatabaseWithAuthority();
  await db.prepare('UPDATE authorities SET reserved_slots = 80000').run();
  const { authority, readCrl } = await makeAuthority();
  const time = { nowSeconds: NOW_SECONDS };
  const clock = () => time.nowSeconds * 1000;
  const dependencies = makeListDependencies(db, clock);
  const serialsOf = async (list: Parameters<typeof readCrl>[0]) =>
    (await readCrl(list)).entries.map(({ serialHex, reason }) => `${serialHex} ${reason}`).sort();
  return {
    db,
    time,
    async issue(serialHex: string, notAfterSeconds: number) {
      await createIssuanceStore(db).commitIssuance(
        await makeIssuance({ serialHex, notAfterSeconds }),
      );
    },
    async revoke(serialHex: string, reason = 0) {
      const commit = makeRevocation(serialHex, { reason, revokedAtSeconds: time.nowSeconds });
      await createRevocationStore(db).commitRevocation(commit);
    },
    async release(serialHex: string) {
      const outcome = await createReleaseStore(db).commitRelease({
        authorityId: 'default',
        serialHex,
        uniqueSubject: null,
        releasedAtSeconds: time.nowSeconds,
        accountId: 'root',
        grant: null,
        audit: makeEvent('certificate.release', serialHex),
      });
      expect(outcome.kind).toBe('released');
    },
    full: async (scope: number) => serialsOf(await currentCrl(dependencies, authority, scope)),
    delta: async (scope: number) => serialsOf(await currentDelta(dependencies, authority, scope)),
    retire: () => retireRevocations({ store: createRetirementStore(db), clock }, ['default']),
  };
}

describe('retireRevocations', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    world = await openWorld();
  });

  it('removes an expired certificate after every list has shown it past its expiry', async () => {
    const { time, full, delta, retire } = world;
    for (const serial of ['a1', 'b2', 'c3']) {
      await world.issue(serial, NOW_SECONDS + (serial === 'a1' ? 3600 : 90 * DAY));
    }
    await world.revoke('a1');
    await world.revoke('b2');
    for (const scope of [COMPLETE, PARTITION]) expect(await full(scope)).toEqual(['a1 0', 'b2 0']);

    // It has expired, but the lists are older.
    time.nowSeconds += 2 * 3600;
    expect((await retire()).retired).toBe(0);

    // The complete list has shown it past its expiry, its partition's list has not.
    time.nowSeconds += 6.5 * DAY;
    expect(await full(COMPLETE)).toEqual(['a1 0', 'b2 0']);
    expect((await retire()).retired).toBe(0);
    expect(await full(PARTITION)).toEqual(['a1 0', 'b2 0']);
    time.nowSeconds += DAY + 1;
    expect((await retire()).retired).toBe(1);

    await world.revoke('c3');
    for (const scope of [COMPLETE, PARTITION]) {
      expect(await full(scope)).toEqual(['b2 0', 'c3 0']);
      expect(await delta(scope)).toEqual(['c3 0']);
    }
    time.nowSeconds += DAY + 1;
    expect((await retire()).retired).toBe(0);
    // The record keeps what has left the lists.
    expect(await countRows(world.db, 'revocations')).toBe(3);
  });

  it('lists certificates again that were removed while the clock was ahead', async () => {
    const { time, full, delta, retire } = world;
    for (const serial of ['a1', 'b2', 'c3']) {
      await world.issue(serial, NOW_SECONDS + (serial === 'a1' ? 3600 : 90 * DAY));
      await world.revoke(serial);
    }
    const scopes = [COMPLETE, PARTITION];
    for (const scope of scopes) expect(await full(scope)).toEqual(['a1 0', 'b2 0', 'c3 0']);

    time.nowSeconds += 1000 * DAY;
    for (const scope of scopes) await full(scope);
    expect((await retire()).retired).toBe(3);
    time.nowSeconds += 10 * DAY;
    for (const scope of scopes) expect(await full(scope)).toEqual([]);

    // The clock is right again. By now, a1 has expired.
    time.nowSeconds = NOW_SECONDS + 2 * DAY;
    await retire();
    for (const scope of scopes) {
      expect(await full(scope)).toEqual(['b2 0', 'c3 0']);
      expect(await delta(scope)).toEqual([]);
    }
    expect((await retire()).retired).toBe(0);

    time.nowSeconds = NOW_SECONDS + 100 * DAY;
    for (const scope of scopes) expect(await full(scope)).toEqual(['b2 0', 'c3 0']);
    expect((await retire()).retired).toBe(2);
  });

  it('deletes a release after the bases of both deltas are newer', async () => {
    const { time, full, delta, retire } = world;
    await world.issue('a1', NOW_SECONDS + 90 * DAY);
    await world.revoke('a1', HOLD);
    for (const scope of [COMPLETE, PARTITION]) await full(scope);
    await world.release('a1');
    for (const scope of [COMPLETE, PARTITION]) expect(await delta(scope)).toEqual(['a1 8']);
    expect((await retire()).releases).toBe(0);
    time.nowSeconds += 6.5 * DAY;
    expect(await full(COMPLETE)).toEqual([]);
    expect((await retire()).releases).toBe(0);
    expect(await delta(PARTITION)).toEqual(['a1 8']);
    expect(await full(PARTITION)).toEqual([]);
    expect((await retire()).releases).toBe(1);
    expect(await countRows(world.db, 'released_holds')).toBe(0);
    expect(await delta(PARTITION)).toEqual([]);
  });

  it('deletes chunks ten minutes after a newer list replaced theirs', async () => {
    const { time, full, retire } = world;
    for (const serial of ['a1', 'b2']) await world.issue(serial, NOW_SECONDS + 90 * DAY);
    await world.revoke('a1');
    await full(COMPLETE);
    await world.revoke('b2');
    await full(COMPLETE);
    expect(await countRows(world.db, 'crl_chunks')).toBe(2);
    time.nowSeconds += CHUNK_LIFE_MS / 1000 - 1;
    expect((await retire()).chunks).toBe(0);
    time.nowSeconds += 2;
    expect((await retire()).chunks).toBe(1);
    expect(await full(COMPLETE)).toEqual(['a1 0', 'b2 0']);
  });
});
