export interface RecentCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  /** Tells whether there was an entry. */
  delete(key: string): boolean;
}

/** A cache of the most recently used entries, by the insertion order of Map. */
export function createRecentCache<T>(limit: number): RecentCache<T> {
  const entries = new Map<string, T>();
  function set(key: string, value: T): void {
    entries.delete(key);
    entries.set(key, value);
    const [oldest] = entries.keys();
    if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
  }
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
    delete: (key) => entries.delete(key),
  };
}
