import { describe, expect, it } from 'vitest';
import { createChunkMemory } from '../../src/lists/chunk-memory.ts';
import type { ListScope, ReadableChunk } from '../../src/lists/list-store.ts';

const scopeOf = (crlPartition: number, authorityId = 'default'): ListScope => ({
  authorityId,
  crlPartition,
});

function makeChunk(id: string, bytes: number | null): ReadableChunk {
  return {
    id,
    firstRevision: 0,
    lastRevision: 0,
    entries: 1,
    bytes: bytes ?? 1,
    entriesDer: bytes === null ? null : new Uint8Array(bytes),
  };
}

describe('createChunkMemory', () => {
  it('holds the newest list of each scope, as far as its entries are known', () => {
    const memory = createChunkMemory();
    const [a, b, c] = [makeChunk('a', 1), makeChunk('b', null), makeChunk('c', 3)];
    memory.keep(scopeOf(-1), [a, b]);
    memory.keep(scopeOf(0), [c]);
    memory.keep(scopeOf(-1, 'other'), [b]);
    expect(memory.find(scopeOf(-1))).toEqual(new Map([['a', a.entriesDer]]));
    expect(memory.find(scopeOf(-1)).get('a')).toBe(a.entriesDer);
    expect([...memory.find(scopeOf(0)).keys()]).toEqual(['c']);
    expect(memory.find(scopeOf(-1, 'other')).size).toBe(0);
    memory.keep(scopeOf(-1), [c]);
    expect([...memory.find(scopeOf(-1)).keys()]).toEqual(['c']);
    memory.keep(scopeOf(-1), []);
    expect(memory.find(scopeOf(-1)).size).toBe(0);
  });

  it('drops the least recently used lists beyond its bound', () => {
    const memory = createChunkMemory(100_000);
    const held = () => [0, 1, 2, 3].filter((scope) => memory.find(scopeOf(scope)).size > 0);
    for (const scope of [0, 1]) memory.keep(scopeOf(scope), [makeChunk(`${scope}`, 40_000)]);
    memory.find(scopeOf(0));
    memory.keep(scopeOf(2), [makeChunk('2', 40_000)]);
    expect(held()).toEqual([0, 2]);
    memory.keep(scopeOf(3), [makeChunk('3', 50_000), makeChunk('4', 49_000)]);
    expect(held()).toEqual([3]);
    // The former list of the scope makes room first.
    memory.keep(scopeOf(3), [makeChunk('5', 30_000)]);
    memory.keep(scopeOf(0), [makeChunk('6', 60_000)]);
    expect(held()).toEqual([0, 3]);
    // A list that is too long drops no other.
    memory.keep(scopeOf(1), [makeChunk('7', 100_000)]);
    expect(held()).toEqual([0, 3]);
  });

  it('holds at most 4 MB, also of very many short lists', () => {
    const memory = createChunkMemory();
    for (let scope = 0; scope < 20_000; scope++) {
      memory.keep(scopeOf(scope), [makeChunk(`${scope}`, scope % 20 === 0 ? 64_000 : 10)]);
    }
    let [bytes, lists] = [0, 0];
    for (let scope = 0; scope < 20_000; scope++) {
      for (const entries of memory.find(scopeOf(scope)).values()) bytes += entries.length;
      lists += memory.find(scopeOf(scope)).size;
    }
    expect(bytes).toBeLessThanOrEqual(4_000_000);
    expect(bytes).toBeGreaterThan(3_000_000);
    expect(lists).toBeLessThan(2000);
  });
});
