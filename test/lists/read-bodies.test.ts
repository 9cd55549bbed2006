import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../../src/bytes.ts';
import { readBodies } from '../../src/lists/read-bodies.ts';

const makeChunk = (id: string, bytes: number, held: string | null = null) => ({
  id,
  bytes,
  entriesDer: held === null ? null : encodeUtf8(held),
});

/** A store with the entries of all chunks but `deleted`; they are the chunk's id in capitals. */
function openStore(deleted: readonly string[] = []) {
  const reads: (readonly string[])[] = [];
  return {
    reads,
    async readChunks(ids: readonly string[]) {
      reads.push(ids);
      const kept = ids.filter((id) => !deleted.includes(id));
      return new Map(kept.map((id) => [id, encodeUtf8(id.toUpperCase())]));
    },
  };
}

async function readAll(bodies: AsyncIterable<Uint8Array | null>) {
  const all: (string | null)[] = [];
  for await (const body of bodies) all.push(body === null ? null : decodeUtf8(body));
  return all;
}

describe('readBodies', () => {
  it('reads chunks in groups of a megabyte, in order', async () => {
    const store = openStore();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const bodies = readBodies(
      store,
      ids.map((id) => makeChunk(id, 400_000)),
    );
    expect(await readAll(bodies)).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(store.reads).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('counts only chunks that it reads', async () => {
    const store = openStore();
    const chunks = [makeChunk('a', 600_000), makeChunk('b', 900_000, 'B'), makeChunk('c', 300_000)];
    expect(await readAll(readBodies(store, chunks))).toEqual(['A', 'B', 'C']);
    expect(store.reads).toEqual([['a', 'c']]);
  });

  it('reads a chunk alone that is longer', async () => {
    const store = openStore();
    const chunks = [makeChunk('a', 10), makeChunk('b', 1_200_000), makeChunk('c', 10)];
    expect(await readAll(readBodies(store, chunks))).toEqual(['A', 'B', 'C']);
    expect(store.reads).toEqual([['a'], ['b'], ['c']]);
  });

  it('reads only one group ahead', async () => {
    const store = openStore();
    const chunks = ['a', 'b', 'c', 'd'].map((id) => makeChunk(id, 900_000));
    const bodies = readBodies(store, chunks);
    await bodies.next();
    expect(store.reads).toEqual([['a'], ['b']]);
    await bodies.next();
    expect(store.reads).toEqual([['a'], ['b'], ['c']]);
  });

  it('reads nothing that is in memory, and gives null for what was deleted', async () => {
    const store = openStore(['c']);
    const chunks = [makeChunk('a', 10, 'known'), makeChunk('b', 10), makeChunk('c', 10)];
    expect(await readAll(readBodies(store, chunks))).toEqual(['known', 'B', null]);
    expect(store.reads).toEqual([['b', 'c']]);
    const known = openStore();
    expect(await readAll(readBodies(known, [makeChunk('a', 10, 'known')]))).toEqual(['known']);
    expect(known.reads).toEqual([]);
  });

  it('passes on an error when the caller gets to it', async () => {
    const store = {
      readChunks: async (ids: readonly string[]) => {
        if (ids.includes('b')) throw new Error('the record is gone');
        return new Map(ids.map((id) => [id, encodeUtf8(id)]));
      },
    };
    const bodies = readBodies(store, [makeChunk('a', 900_000), makeChunk('b', 900_000)]);
    expect((await bodies.next()).value).toEqual(encodeUtf8('a'));
    await expect(bodies.next()).rejects.toThrow('the record is gone');
  });
});
