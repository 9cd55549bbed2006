import { beforeEach, describe, expect, it } from 'vitest';
import {
  COMPLETE,
  type ListCommit,
  type ListScope,
  type NewChunk,
  NO_ENTRIES,
} from '../../src/lists/list-store.ts';
import { createCrlStore } from '../../src/store/crl.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import {
  addAuthority,
  countRows,
  instrument,
  makeIssuance,
  makeRevocation,
  NOW_MS,
  NOW_SECONDS,
  openDatabaseWithAuthority,
} from './database.ts';

const SCOPE: ListScope = { authorityId: 'default', crlPartition: COMPLETE };
const PARTITION: ListScope = { authorityId: 'default', crlPartition: 3 };

function makeChunk(id: string, overrides: Partial<NewChunk> = {}): NewChunk {
  const entriesDer = Uint8Array.of(0x30, 0x00);
  return { id, firstRevision: 0, lastRevision: 1, entries: 1, bytes: 2, entriesDer, ...overrides };
}

function makeCommit(number: number, overrides: Partial<ListCommit> = {}): ListCommit {
  return {
    scope: SCOPE,
    lastNumber: number - 1,
    removals: 0,
    list: {
      number,
      revision: 0,
      thisUpdateSeconds: NOW_SECONDS,
      nextUpdateSeconds: NOW_SECONDS + 86400,
      byteLength: 100,
      headDer: Uint8Array.of(1),
      trailerDer: Uint8Array.of(number),
    },
    entries: 0,
    isBase: false,
    chunks: [],
    newChunks: [],
    atMs: NOW_MS,
    ...overrides,
  };
}

describe('createCrlStore', () => {
  let db: D1Database;
  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
  });

  async function revoke(serialHex: string): Promise<void> {
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ serialHex }));
    await createRevocationStore(db).commitRevocation(makeRevocation(serialHex));
  }

  it('throws authority-not-found for an unknown authority', async () => {
    const store = createCrlStore(db);
    const scope = { authorityId: 'none', crlPartition: COMPLETE };
    expect(await store.findScopeRevision(scope)).toBeNull();
    const unknown = expect.objectContaining({ code: 'authority-not-found' });
    await expect(store.findList(scope, NO_ENTRIES)).rejects.toEqual(unknown);
    await expect(store.findDelta(scope)).rejects.toEqual(unknown);
    await expect(store.readChanges(scope, 0, 1)).rejects.toEqual(unknown);
  });

  it('finds no CRL before the first one', async () => {
    expect(await createCrlStore(db).findList(SCOPE, NO_ENTRIES)).toMatchObject({
      revision: 0,
      scopeRevision: 0,
      lastNumber: 0,
      base: null,
      list: null,
      chunks: [],
    });
  });

  it('writes and reads the newest CRL with its chunks in one round trip each', async () => {
    const { db: counted, calls } = instrument(db);
    const store = createCrlStore(counted);
    const one = makeChunk('one');
    const two = makeChunk('two', { firstRevision: 2, lastRevision: 5 });
    const first = makeCommit(1, { chunks: [one], newChunks: [one] });
    expect(await store.commitList(first)).toBe(true);
    const second = makeCommit(2, { chunks: [two, one], newChunks: [two] });
    expect(await store.commitList(second)).toBe(true);
    expect(calls.count).toBe(2);
    const found = await store.findList(SCOPE, NO_ENTRIES);
    expect(calls.count).toBe(3);
    expect(found).toMatchObject({ lastNumber: 2, base: { number: 1 }, list: second.list });
    const entriesDer = Uint8Array.of(0x30, 0x00);
    expect(found.chunks).toMatchObject([
      { id: 'two', entriesDer },
      { id: 'one', entriesDer },
    ]);
    // The memory that keeps them keeps nothing else.
    for (const { entriesDer: read } of found.chunks) expect(read?.buffer.byteLength).toBe(2);
    expect(await store.readChunks(['two', 'three'])).toEqual(new Map([['two', entriesDer]]));
  });

  it('does not read entries that are in memory', async () => {
    const store = createCrlStore(db);
    const [one, two] = [makeChunk('one'), makeChunk('two', { firstRevision: 2, lastRevision: 5 })];
    await store.commitList(makeCommit(1, { chunks: [one, two], newChunks: [one, two] }));
    await db.prepare("UPDATE crl_chunks SET body = 'AQI=' WHERE id = 'one'").run();
    const held = new Map([
      ['one', one.entriesDer],
      ['three', Uint8Array.of(3)],
    ]);
    const found = await store.findList(SCOPE, held);
    expect(found.chunks.map(({ id, entriesDer }) => [id, entriesDer])).toEqual([
      ['one', Uint8Array.of(0x30, 0x00)],
      ['two', Uint8Array.of(0x30, 0x00)],
    ]);
    expect(found.chunks[0]?.entriesDer).toBe(one.entriesDer);
    expect((await store.findList(SCOPE, NO_ENTRIES)).chunks[0]?.entriesDer).toEqual(
      Uint8Array.of(1, 2),
    );
  });

  it('returns the chunks of a long CRL one by one', async () => {
    const store = createCrlStore(db);
    const one = makeChunk('one');
    const commit = makeCommit(1, { chunks: [one], newChunks: [one] });
    await store.commitList({ ...commit, list: { ...commit.list, byteLength: 1_500_001 } });
    expect((await store.findList(SCOPE, NO_ENTRIES)).chunks[0]?.entriesDer).toBeNull();
  });

  it.each([1, 2, 4])('refuses number %i if the newest is 2', async (number) => {
    const store = createCrlStore(db);
    await store.commitList(makeCommit(1));
    await store.commitList(makeCommit(2));
    const other = makeChunk('other');
    expect(
      await store.commitList(makeCommit(number, { chunks: [other], newChunks: [other] })),
    ).toBe(false);
    expect((await store.findList(SCOPE, NO_ENTRIES)).list?.number).toBe(2);
    expect(await countRows(db, 'crl_chunks')).toBe(0);
  });

  it('refuses a first number other than 1', async () => {
    expect(await createCrlStore(db).commitList(makeCommit(2))).toBe(false);
    expect(await countRows(db, 'revocation_lists')).toBe(0);
  });

  it('gives each number to one of many builders, even if they sign the same bytes', async () => {
    const store = createCrlStore(db);
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const chunk = makeChunk(`chunk-${i}`);
        return store.commitList(makeCommit(1, { chunks: [chunk], newChunks: [chunk] }));
      }),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const { chunks } = await store.findList(SCOPE, NO_ENTRIES);
    expect(chunks.map(({ id }) => id)).toEqual([`chunk-${won.indexOf(true)}`]);
    expect(await countRows(db, 'crl_chunks')).toBe(1);
  });

  it('refuses a CRL built before an entry was removed, and one with a missing chunk', async () => {
    const store = createCrlStore(db);
    const gone = makeChunk('gone');
    expect(await store.commitList(makeCommit(1, { chunks: [gone] }))).toBe(false);
    await db.prepare('UPDATE authorities SET removals = 1').run();
    expect(await store.commitList(makeCommit(1))).toBe(false);
    expect(await store.storeChunks(SCOPE, [gone], 0, NOW_MS)).toBe(false);
    expect(await store.commitList(makeCommit(1, { removals: 1 }))).toBe(true);
  });

  it('keeps unnamed chunks for ten minutes, and chunks that a CRL names', async () => {
    const store = createCrlStore(db);
    const [a, b] = [makeChunk('a'), makeChunk('b', { firstRevision: 2, lastRevision: 9 })];
    expect(await store.storeChunks(SCOPE, [a, b], 0, NOW_MS)).toBe(true);
    expect(await store.findSpareChunk(SCOPE, 2, 9)).toMatchObject({ id: 'b' });
    expect(await store.findSpareChunk(SCOPE, 2, 8)).toBeNull();
    expect(await store.findSpareChunk(PARTITION, 2, 9)).toBeNull();
    await store.commitList(makeCommit(1, { chunks: [a, b] }));
    const later = { atMs: NOW_MS + 3_600_000 };
    await store.commitList(makeCommit(2, { chunks: [b], ...later }));
    expect(await countRows(db, 'crl_chunks')).toBe(2);
    await store.commitList(makeCommit(3, { chunks: [b], atMs: later.atMs + 600_000 }));
    expect(await countRows(db, 'crl_chunks')).toBe(2);
    await store.commitList(makeCommit(4, { chunks: [b], atMs: later.atMs + 600_001 }));
    expect(await countRows(db, 'crl_chunks')).toBe(1);
    expect((await store.findList(SCOPE, NO_ENTRIES)).chunks.map(({ id }) => id)).toEqual(['b']);
  });

  it('finds no CRL if one of its chunks is missing', async () => {
    const store = createCrlStore(db);
    const a = makeChunk('a');
    await store.commitList(makeCommit(1, { chunks: [a], newChunks: [a] }));
    await db.prepare('DELETE FROM crl_chunks').run();
    expect(await store.findList(SCOPE, NO_ENTRIES)).toMatchObject({
      lastNumber: 1,
      list: null,
      chunks: [],
    });
  });

  it('reports only changes of the partition', async () => {
    const store = createCrlStore(db);
    await revoke('a1');
    const ofPartition = await store.findList(PARTITION, NO_ENTRIES);
    expect(ofPartition).toMatchObject({ revision: 1, scopeRevision: 1 });
    await db.prepare('UPDATE revocations SET crl_partition = NULL').run();
    expect(await store.findList(PARTITION, NO_ENTRIES)).toMatchObject({
      revision: 1,
      scopeRevision: 0,
    });
    await db
      .prepare(
        "INSERT INTO released_holds VALUES ('default', 'b1', 3, 7, 1), ('default', 'b2', 4, 8, 1)",
      )
      .run();
    expect(await store.findScopeRevision(PARTITION)).toBe(7);
    expect(await store.findScopeRevision(SCOPE)).toBe(1);
  });

  it('reads rows by revision and serial number, page by page', async () => {
    const store = createCrlStore(db);
    for (const serialHex of ['c1', 'b1', 'a1', 'd1']) await revoke(serialHex);
    await db.prepare("UPDATE revocations SET revision = 2 WHERE serial = 'a1'").run();
    await db.prepare("UPDATE revocations SET retired_in_crl = 1 WHERE serial = 'd1'").run();
    const read = async (
      scope: ListScope,
      afterRevision: number,
      afterSerialHex: string | null,
      limit = 9,
    ) => {
      const range = { afterRevision, afterSerialHex, throughRevision: 4 };
      const [page] = await store.readRows(scope, [range], limit);
      return page?.map(({ serialHex }) => serialHex);
    };
    for (const scope of [SCOPE, PARTITION]) {
      expect(await read(scope, -1, null)).toEqual(['c1', 'a1', 'b1']);
      expect(await read(scope, -1, null, 2)).toEqual(['c1', 'a1']);
      expect(await read(scope, 2, 'a1')).toEqual(['b1']);
      expect(await read(scope, 2, null)).toEqual([]);
    }
    expect(await read({ ...PARTITION, crlPartition: 4 }, -1, null)).toEqual([]);
  });

  it('raises the CRL number without a CRL, and never lowers it', async () => {
    const store = createCrlStore(db);
    await store.raiseCrlNumber('default', 4096);
    await store.raiseCrlNumber('default', 17);
    expect(await store.findList(SCOPE, NO_ENTRIES)).toMatchObject({
      list: null,
      lastNumber: 4096,
      base: null,
    });
    const a = makeChunk('a');
    const commit = makeCommit(4097, { chunks: [a], newChunks: [a], isBase: true });
    expect(await store.commitList(commit)).toBe(true);
    await store.raiseCrlNumber('default', 4097);
    expect((await store.findList(SCOPE, NO_ENTRIES)).list?.number).toBe(4097);
    await store.raiseCrlNumber('default', 5000);
    const raised = await store.findList(SCOPE, NO_ENTRIES);
    expect(raised).toMatchObject({ list: null, lastNumber: 5000, base: null });
    // Encoded entries do not depend on the CRL number.
    expect(raised.chunks.map(({ id }) => id)).toEqual(['a']);
    expect(await store.findDelta(SCOPE)).toMatchObject({ hasList: false, delta: null });
  });

  it('keeps a delta CRL until the next CRL, in one sequence of numbers', async () => {
    const store = createCrlStore(db);
    const delta = {
      number: 2,
      revision: 0,
      thisUpdateSeconds: NOW_SECONDS,
      nextUpdateSeconds: NOW_SECONDS + 60,
      crlDer: Uint8Array.of(0x30, 0x00),
    };
    expect(await store.commitDelta(SCOPE, delta)).toBe(false);
    await store.commitList(makeCommit(1));
    expect(await store.commitDelta(SCOPE, { ...delta, number: 1 })).toBe(false);
    expect(await store.commitDelta(SCOPE, delta)).toBe(true);
    expect(await store.findDelta(SCOPE)).toMatchObject({ lastNumber: 2, hasList: true, delta });
    expect(await store.commitList(makeCommit(2))).toBe(false);
    expect(await store.commitList(makeCommit(3))).toBe(true);
    expect(await store.findDelta(SCOPE)).toMatchObject({
      lastNumber: 3,
      delta: null,
      base: { number: 1 },
    });
    await store.commitList(makeCommit(4, { isBase: true }));
    expect((await store.findDelta(SCOPE)).base).toMatchObject({ number: 4 });
  });

  it('separates CRLs and rows of authorities and partitions', async () => {
    await addAuthority(db, 'other');
    await revoke('a1');
    const store = createCrlStore(db);
    await store.commitList(makeCommit(1));
    for (const scope of [{ ...SCOPE, authorityId: 'other' }, PARTITION]) {
      expect(await store.findList(scope, NO_ENTRIES)).toMatchObject({ list: null, lastNumber: 0 });
    }
    const range = { afterRevision: -1, afterSerialHex: null, throughRevision: 9 };
    expect(await store.readRows({ ...SCOPE, authorityId: 'other' }, [range], 9)).toEqual([[]]);
  });

  it('throws record-unavailable if D1 cannot be read', async () => {
    const faulty = instrument(db);
    faulty.failAt(1, 'before');
    await expect(createCrlStore(faulty.db).findList(SCOPE, NO_ENTRIES)).rejects.toMatchObject({
      code: 'record-unavailable',
      message: 'The database could not be read. Try again.',
    });
  });
});
