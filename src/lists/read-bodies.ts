import type { Chunk, CrlStore } from './list-store.ts';

/** So many bytes of entries are read in one round trip. Their base64 stays below 1.4 MB. */
const GROUP_BYTES = 1_000_000;

/** A chunk whose body is in memory already, or only in the record. */
interface Readable extends Pick<Chunk, 'id' | 'bytes'> {
  readonly body: string | null;
}

/**
 * Reads the entries (base64) of chunks in order, the next ones ahead while the caller uses these. Null
 * for a chunk that was deleted.
 * @throws SignetError record-unavailable
 */
export async function* readBodies(
  store: Pick<CrlStore, 'readChunks'>,
  chunks: readonly Readable[],
): AsyncGenerator<string | null> {
  const groups = groupChunks(chunks);
  let ahead = readGroup(store, groups[0] ?? []);
  for (const [i, group] of groups.entries()) {
    const bodies = await ahead;
    ahead = readGroup(store, groups[i + 1] ?? []);
    for (const { id, body } of group) yield body ?? bodies.get(id) ?? null;
  }
}

function groupChunks(chunks: readonly Readable[]): Readable[][] {
  const groups: Readable[][] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    bytes += chunk.bytes;
    if (groups.length === 0 || bytes > GROUP_BYTES) {
      groups.push([]);
      bytes = chunk.bytes;
    }
    groups.at(-1)?.push(chunk);
  }
  return groups;
}

function readGroup(
  store: Pick<CrlStore, 'readChunks'>,
  group: readonly Readable[],
): Promise<ReadonlyMap<string, string>> {
  const ids = group.filter(({ body }) => body === null).map(({ id }) => id);
  if (ids.length === 0) return Promise.resolve(new Map());
  const bodies = store.readChunks(ids);
  // Awaiters still see the error; this only avoids an unhandled rejection.
  bodies.catch(() => {});
  return bodies;
}
