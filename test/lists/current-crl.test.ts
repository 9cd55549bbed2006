import { beforeEach, describe, expect, it } from 'vitest';
import { createBuildGate } from '../../src/lists/build-gate.ts';
import {
  type CurrentListDependencies,
  currentCrl,
  MAX_BUILDS,
} from '../../src/lists/current-crl.ts';
import type { CrlStore } from '../../src/lists/list-store.ts';
import type { RevocationList } from '../../src/lists/revocation-list.ts';
import { readWholeList } from '../../src/lists/stored-list.ts';
import { createCrlStore } from '../../src/store/crl.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  instrument,
  makeIssuance,
  makeRevocation,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from '../store/database.ts';
import { makeAuthority, makeListDependencies } from './test-authority.ts';

const DAY = 86400;

const bytesOf = (list: RevocationList) => readWholeList(list);

describe('currentCrl', () => {
  let db: D1Database;
  let nowSeconds: number;
  let dependencies: CurrentListDependencies;

  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    nowSeconds = NOW_SECONDS;
    dependencies = makeListDependencies(db, () => nowSeconds * 1000 + 500);
  });

  async function issue(serialHex: string): Promise<void> {
    await createIssuanceStore(db).commitIssuance(
      await makeIssuance({ serialHex, notAfterSeconds: NOW_SECONDS + 30 * DAY }),
    );
  }

  async function revoke(serialHex: string): Promise<void> {
    await createRevocationStore(db).commitRevocation(makeRevocation(serialHex));
  }

  it('builds the first list and serves it until the next revocation', async () => {
    const { authority, counts, readCrl } = await makeAuthority();
    const first = await currentCrl(dependencies, authority);
    expect(await readCrl(first)).toMatchObject({
      number: 1,
      issuerDer: authority.subjectDer,
      thisUpdateSeconds: NOW_SECONDS,
      nextUpdateSeconds: NOW_SECONDS + 7 * DAY,
      entries: [],
    });
    nowSeconds += 60;
    expect(await bytesOf(await currentCrl(dependencies, authority))).toEqual(await bytesOf(first));
    expect(counts.signatures).toBe(1);

    await issue('a1');
    await revoke('a1');
    const second = await currentCrl(dependencies, authority);
    const parsed = await readCrl(second);
    expect(parsed.number).toBe(2);
    expect(parsed.thisUpdateSeconds).toBe(NOW_SECONDS + 60);
    expect(parsed.entries.map(({ serialHex }) => serialHex)).toEqual(['a1']);
    expect(await bytesOf(await currentCrl(dependencies, authority))).toEqual(await bytesOf(second));
    expect(counts.signatures).toBe(2);
  });

  it('serves a stored list with one round trip', async () => {
    const { authority } = await makeAuthority();
    await currentCrl(dependencies, authority);
    const { db: counted, calls } = instrument(db);
    await currentCrl({ ...dependencies, store: createCrlStore(counted) }, authority);
    expect(calls.count).toBe(1);
  });

  it('renews one day before nextUpdate', async () => {
    const { authority } = await makeAuthority();
    await currentCrl(dependencies, authority);
    nowSeconds = NOW_SECONDS + 6 * DAY - 1;
    expect((await currentCrl(dependencies, authority)).number).toBe(1);
    nowSeconds = NOW_SECONDS + 6 * DAY;
    expect((await currentCrl(dependencies, authority)).number).toBe(2);
  });

  it.each([3600, DAY, 3650 * DAY])(
    'replaces a list that was built while the clock was %i seconds ahead',
    async (seconds) => {
      const { authority, readCrl } = await makeAuthority({
        notAfterSeconds: NOW_SECONDS + 9000 * DAY,
      });
      nowSeconds = NOW_SECONDS + seconds;
      expect((await currentCrl(dependencies, authority)).number).toBe(1);
      nowSeconds = NOW_SECONDS;
      const list = await currentCrl(dependencies, authority);
      expect(await readCrl(list)).toMatchObject({ number: 2, thisUpdateSeconds: NOW_SECONDS });
      expect((await currentCrl(dependencies, authority)).number).toBe(2);
    },
  );

  it('keeps a list from a clock that is a little ahead', async () => {
    const { authority } = await makeAuthority();
    nowSeconds = NOW_SECONDS + 60;
    await currentCrl(dependencies, authority);
    nowSeconds = NOW_SECONDS;
    expect((await currentCrl(dependencies, authority)).number).toBe(1);
  });

  it('does not build a list per call if its lifetime is shorter than the renewal lead', async () => {
    const { authority } = await makeAuthority();
    const short = { ...dependencies, crlLifetimeSeconds: 3600 };
    await currentCrl(short, authority);
    nowSeconds += 1799;
    expect((await currentCrl(short, authority)).number).toBe(1);
    nowSeconds += 1;
    expect((await currentCrl(short, authority)).number).toBe(2);
  });

  it('ends nextUpdate with the CA certificate, and keeps the last list', async () => {
    const notAfterSeconds = NOW_SECONDS + 2 * DAY;
    const { authority } = await makeAuthority({ notAfterSeconds });
    const last = await currentCrl(dependencies, authority);
    expect(last.nextUpdateSeconds).toBe(notAfterSeconds);
    nowSeconds = notAfterSeconds - 1;
    expect((await currentCrl(dependencies, authority)).number).toBe(1);
    nowSeconds = notAfterSeconds;
    await expect(currentCrl(dependencies, authority)).rejects.toMatchObject({
      code: 'authority-unavailable',
    });
  });

  it('without a key, serves the stored list until it expires or lacks a revocation', async () => {
    const { authority } = await makeAuthority();
    const keyless = { ...authority, signer: null };
    const unavailable = expect.objectContaining({ code: 'authority-unavailable' });
    await expect(currentCrl(dependencies, keyless)).rejects.toEqual(unavailable);
    const stored = await currentCrl(dependencies, authority);
    nowSeconds = stored.nextUpdateSeconds - 1;
    expect((await currentCrl(dependencies, keyless)).tagHex).toBe(stored.tagHex);
    nowSeconds = stored.nextUpdateSeconds;
    await expect(currentCrl(dependencies, keyless)).rejects.toEqual(unavailable);
    nowSeconds = NOW_SECONDS;
    await issue('a1');
    await revoke('a1');
    await expect(currentCrl(dependencies, keyless)).rejects.toEqual(unavailable);
  });

  it('continues from an imported number', async () => {
    const { authority, readCrl } = await makeAuthority();
    await dependencies.store.raiseCrlNumber('default', 4096);
    const crl = await currentCrl(dependencies, authority);
    expect((await readCrl(crl)).number).toBe(4097);
  });

  it('contains every answered revocation, with rising numbers, under concurrency', async () => {
    const { authority, readCrl } = await makeAuthority();
    const serials = Array.from({ length: 50 }, (_, i) => `d${i.toString(16).padStart(2, '0')}`);
    for (const serialHex of serials) await issue(serialHex);
    const committed: number[] = [];
    const store: CrlStore = {
      ...dependencies.store,
      async commitList(commit) {
        const won = await dependencies.store.commitList(commit);
        if (won) committed.push(commit.list.number);
        return won;
      },
    };
    const numbers = await Promise.all(
      serials.map(async (serialHex) => {
        await revoke(serialHex);
        const gate = createBuildGate();
        const list = await currentCrl({ ...dependencies, store, gate }, authority);
        const { entries } = await readCrl(list);
        expect(entries.map((entry) => entry.serialHex)).toContain(serialHex);
        return list.number;
      }),
    );
    expect(committed).toEqual(committed.map((_, i) => i + 1));
    expect(Math.max(...numbers)).toBe(committed.length);
    const last = await currentCrl(dependencies, authority);
    expect((await readCrl(last)).entries).toHaveLength(50);
  });

  it('returns the same first list to 30 concurrent callers', async () => {
    const { authority } = await makeAuthority();
    const lists = await Promise.all(
      Array.from({ length: 30 }, () => currentCrl(dependencies, authority)),
    );
    expect(new Set(lists.map(({ number }) => number))).toEqual(new Set([1]));
    const bodies = await Promise.all(lists.map(bytesOf));
    expect(new Set(bodies.map((der) => der.toBase64())).size).toBe(1);
  });

  it('never returns a list without a revocation that was committed before the call', async () => {
    const { authority } = await makeAuthority();
    await issue('a1');
    const before = await currentCrl(dependencies, authority);
    await revoke('a1');
    // Another builder, which read the rows before the revocation, takes the number first.
    let raced = false;
    const store: CrlStore = {
      ...dependencies.store,
      async commitList(commit) {
        if (!raced) {
          raced = true;
          const list = { ...commit.list, revision: before.revision };
          expect(
            await dependencies.store.commitList({ ...commit, list, chunks: [], newChunks: [] }),
          ).toBe(true);
        }
        return dependencies.store.commitList(commit);
      },
    };
    const after = await currentCrl({ ...dependencies, store }, authority);
    expect(after).toMatchObject({ number: 3, revision: 1 });
  });

  it('gives up after a bounded number of lost races', async () => {
    const { authority, counts } = await makeAuthority();
    const store: CrlStore = { ...dependencies.store, commitList: async () => false };
    await expect(currentCrl({ ...dependencies, store }, authority)).rejects.toMatchObject({
      code: 'record-unavailable',
    });
    expect(counts.signatures).toBe(MAX_BUILDS);
  });
});
