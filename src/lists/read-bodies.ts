import { type ChunkEntries, type CrlStore, NO_ENTRIES, type ReadableChunk } from './list-store.ts';

/** So many bytes of entries are read in one round trip. Their base64 stays below 1.4 MB. */
const GROUP_BYTES = 1_000_000;

/** The parts of a chunk that reading needs. */
type Readable = Pick<ReadableChunk, 'id' | 'bytes' | 'entriesDer'>;

/**
 * Reads the entries of chunks in order, the next ones ahead while the caller uses these. Null for a
 * chunk that was deleted.
 * @throws SignetError record-unavailable
 */
export async function* readBodies(
  store: Pick<CrlStore, 'readChunks'>,
  chunks: readonly Readable[],
): AsyncGenerator<Uint8Array | null> {
  const groups = groupChunks(chunks);
  let ahead = readGroup(store, groups[0] ?? []);
  for (const [i, group] of groups.entries()) {
    const bodies = await ahead;
    ahead = readGroup(store, groups[i + 1] ?? []);
    for (const { id, entriesDer } of group) yield entriesDer ?? bodies.get(id) ?? null;
  }
}

function groupChunks(chunks: readonly Readable[]): Readable[][] {
  const groups: Readable[][] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    const toRead = chunk.entriesDer === null ? chunk.bytes : 0;
    bytes += toRead;
    if (groups.length === 0 || bytes > GROUP_BYTES) {
      groups.push([]);
      bytes = toRead;
    }
    groups.at(-1)?.push(chunk);
  }
  return groups;
}

function readGroup(
  store: Pick<CrlStore, 'readChunks'>,
  group: readonly Readable[],
): Promise<ChunkEntries> {
  const ids = group.filter(({ entriesDer }) => entriesDer === null).map(({ id }) => id);
  if (ids.length === 0) return Promise.resolve(NO_ENTRIES);
  const bodies = store.readChunks(ids);
  // Awaiters still see the error; this only avoids an unhandled rejection.
  bodies.catch(() => {});
  return bodies;
}
