import { type ChunkEntries, type ListScope, NO_ENTRIES, type ReadableChunk } from './list-store.ts';

/**
 * The entries of the lists that one isolate has read or built. The next build reads only chunks that are
 * new. The record alone says which chunks a list has, and the entries under an id never change: what is
 * here can be superfluous, but not wrong.
 */
export interface ChunkMemory {
  /** Returns what is held of the scope's list. */
  find(scope: ListScope): ChunkEntries;
  /**
   * Holds those of a list's chunks whose entries are in memory, instead of what it held of the scope. The
   * bytes must never change, and each must have a buffer of its own.
   */
  keep(scope: ListScope, chunks: readonly ReadableChunk[]): void;
}

const MAX_BYTES = 4_000_000;
/** About what a chunk takes beside its entries. */
const OVERHEAD_BYTES = 500;

/** @param maxBytes the least recently used lists make room */
export function createChunkMemory(maxBytes = MAX_BYTES): ChunkMemory {
  /** In the order of their last use. */
  const lists = new Map<string, { readonly entries: ChunkEntries; readonly bytes: number }>();
  let bytes = 0;

  function take(key: string): ChunkEntries {
    const list = lists.get(key);
    bytes -= list?.bytes ?? 0;
    lists.delete(key);
    return list?.entries ?? NO_ENTRIES;
  }

  function put(key: string, entries: ChunkEntries): void {
    let size = 0;
    for (const each of entries.values()) size += each.length + OVERHEAD_BYTES;
    if (size === 0 || size > maxBytes) return;
    lists.set(key, { entries, bytes: size });
    bytes += size;
    for (const oldest of lists.keys()) {
      if (bytes <= maxBytes) break;
      take(oldest);
    }
  }

  return {
    find(scope) {
      const key = nameScope(scope);
      const entries = take(key);
      put(key, entries);
      return entries;
    },

    keep(scope, chunks) {
      const key = nameScope(scope);
      take(key);
      const held = chunks.flatMap(({ id, entriesDer }) =>
        entriesDer === null ? [] : [[id, entriesDer] as const],
      );
      put(key, new Map(held));
    },
  };
}

function nameScope({ authorityId, crlPartition }: ListScope): string {
  return `${authorityId} ${crlPartition}`;
}
