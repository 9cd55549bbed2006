/** Header of stored entries; never sent to clients. */
export const FILL_MARK = 'X-Fill-Mark';

/** About 1 MB of keys. */
const MAX_PURGES = 10_000;

export interface FillMarks {
  /** A mark for an entry, to be taken before it is built. */
  begin(): string;
  /** Makes every entry of this key stale whose building has begun. */
  markStale(key: string): void;
  isStale(key: string, mark: string | null): boolean;
}

/**
 * Recognizes entries that were built before a purge and stored after it. Such an entry is in the cache
 * until the check after its put deletes it. Until then, the isolate that purged does not serve it: the
 * mark of an entry says which isolate began to build it, and after how many purges of keys.
 */
export function createFillMarks(): FillMarks {
  /** By key: the count of purged keys at its last purge. The oldest are evicted. */
  const purges = new Map<string, number>();
  let count = 0;
  let isolateId: string | null = null;

  return {
    begin() {
      // Made here because the platform gives no randomness outside of requests.
      isolateId ??= crypto.randomUUID();
      return `${isolateId}.${count}`;
    },
    markStale(key) {
      count++;
      purges.delete(key);
      purges.set(key, count);
      if (purges.size <= MAX_PURGES) return;
      for (const oldest of purges.keys()) {
        purges.delete(oldest);
        break;
      }
    },
    isStale(key, mark) {
      const [id, begunAt] = mark?.split('.') ?? [];
      if (id === undefined || id !== isolateId) return false;
      return (purges.get(key) ?? 0) > Number(begunAt);
    },
  };
}
