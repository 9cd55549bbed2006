/** Values in the memory of one process, each until its time is over or a purge names one of its tags. */
export interface TaggedMemory<Value> {
  /** Returns the value of a key, or null. */
  find(key: string): Value | null;
  /** Marks the moment before a value is read or built: a purge after it makes the value stale. */
  begin(): number;
  /**
   * Keeps a value, unless one of its tags was purged since `mark`. The least recently used values make
   * room for it.
   */
  store(key: string, value: Value, kept: Kept, mark: number): void;
  /** Removes what has one of these tags. Returns its keys. */
  purge(tags: readonly string[]): string[];
}

export interface Kept {
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly seconds: number;
}

export interface TaggedMemoryOptions<Value> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Unix ms. */
  readonly clock: () => number;
  /** Called with each value that is not kept any more, or not at all. */
  readonly release?: (value: Value) => void;
}

interface Entry<Value> extends Kept {
  readonly value: Value;
  /** Unix ms. */
  readonly storedAtMs: number;
}

/** So many purged tags are remembered. */
const MAX_PURGED_TAGS = 1000;

export function createTaggedMemory<Value>({
  maxEntries,
  maxBytes,
  clock,
  release,
}: TaggedMemoryOptions<Value>): TaggedMemory<Value> {
  /** In the order of their last use. */
  const entries = new Map<string, Entry<Value>>();
  const keysOfTags = new Map<string, Set<string>>();
  let bytes = 0;
  let purges = 0;
  /** The count of purges at the last one of each tag. */
  const purgedTags = new Map<string, number>();
  /** Tags purged up to this count are forgotten. */
  let forgotten = 0;

  function remove(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    bytes -= entry.bytes;
    for (const tag of entry.tags) {
      const keys = keysOfTags.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) keysOfTags.delete(tag);
    }
    release?.(entry.value);
  }

  function isStale(tags: readonly string[], mark: number): boolean {
    return mark < forgotten || tags.some((tag) => (purgedTags.get(tag) ?? 0) > mark);
  }

  return {
    find(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const ageMs = clock() - entry.storedAtMs;
      // A value from the future was stored by a clock that was ahead, and would be kept too long.
      if (ageMs < 0 || ageMs >= entry.seconds * 1000) {
        remove(key);
        return null;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },

    begin: () => purges,

    store(key, value, kept, mark) {
      remove(key);
      if (isStale(kept.tags, mark)) {
        release?.(value);
        return;
      }
      entries.set(key, { ...kept, value, storedAtMs: clock() });
      bytes += kept.bytes;
      for (const tag of kept.tags) {
        const keys = keysOfTags.get(tag);
        if (keys === undefined) keysOfTags.set(tag, new Set([key]));
        else keys.add(key);
      }
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes && entries.size <= maxEntries) break;
        remove(oldest);
      }
    },

    purge(tags) {
      purges++;
      if (purgedTags.size + tags.length > MAX_PURGED_TAGS) {
        purgedTags.clear();
        forgotten = purges;
      }
      const removed: string[] = [];
      for (const tag of tags) {
        purgedTags.set(tag, purges);
        for (const key of [...(keysOfTags.get(tag) ?? [])]) {
          remove(key);
          removed.push(key);
        }
      }
      return removed;
    },
  };
}
