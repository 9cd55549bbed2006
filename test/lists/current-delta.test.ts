import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_BUILDS } from '../../src/lists/current-crl.ts';
import { currentDelta, MAX_DELTA_BUILDS } from '../../src/lists/current-delta.ts';
import type { CrlStore } from '../../src/lists/list-store.ts';
import { NOW_SECONDS, openDatabaseWithAuthority } from '../store/database.ts';
import { makeAuthority, makeListDependencies } from './test-authority.ts';

describe('currentDelta', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
  });

  /** Returns dependencies whose store loses the first races for a delta's number. */
  function loseRaces(races: number) {
    const dependencies = makeListDependencies(db, () => NOW_SECONDS * 1000);
    let lost = 0;
    const store: CrlStore = {
      ...dependencies.store,
      commitDelta: async (...commit) =>
        lost++ >= races && (await dependencies.store.commitDelta(...commit)),
    };
    return { ...dependencies, store };
  }

  it('goes on while full lists of other processes take its number again and again', async () => {
    const { authority, readCrl } = await makeAuthority();
    const delta = await currentDelta(loseRaces(MAX_BUILDS + 2), authority);
    expect(await readCrl(delta)).toMatchObject({ entries: [] });
  });

  it('gives up after a bounded number of lost races', async () => {
    const { authority, counts } = await makeAuthority();
    const lost = currentDelta(loseRaces(Number.POSITIVE_INFINITY), authority);
    await expect(lost).rejects.toMatchObject({ code: 'record-unavailable' });
    // One of the builds made the full list that deltas refer to.
    expect(counts.signatures).toBe(MAX_DELTA_BUILDS);
  });
});
