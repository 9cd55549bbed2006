/** Header of stored entries; never sent to clients. */
export const FILL_MARK = 'X-Fill-Mark';

/** About 1 MB of keys. */
const MAX_INVALIDATIONS = 10_000;

export interface FillMarks {
  /** A mark for an entry, to be taken before it is built. */
  begin(): string;
  /** Marks as overtaken every entry of this key whose building has begun. */
  invalidate(key: string): void;
  isOvertaken(key: string, mark: string | null): boolean;
}

/**
 * Recognizes entries that were built before a purge and stored after it. Such an entry is in the cache
 * until the check after its put deletes it. Until then, the isolate that purged does not serve it: the
 * mark of an entry says which isolate began to build it, and after how many invalidations.
 */
export function createFillMarks(): FillMarks {
  /** By key: the count of invalidations at its last one. The oldest are evicted. */
  const invalidations = new Map<string, number>();
  let count = 0;
  let isolateId: string | null = null;

  return {
    begin() {
      // Made here because the platform gives no randomness outside of requests.
      isolateId ??= crypto.randomUUID();
      return `${isolateId}.${count}`;
    },
    invalidate(key) {
      count++;
      invalidations.delete(key);
      invalidations.set(key, count);
      if (invalidations.size <= MAX_INVALIDATIONS) return;
      for (const oldest of invalidations.keys()) {
        invalidations.delete(oldest);
        break;
      }
    },
    isOvertaken(key, mark) {
      const [id, begunAt] = mark?.split('.') ?? [];
      if (id === undefined || id !== isolateId) return false;
      return (invalidations.get(key) ?? 0) > Number(begunAt);
    },
  };
}
