import type { RateLimiter } from '../access/throttle.ts';

/**
 * Counts the calls of each key in periods of the same length, in the memory of one process.
 * @param clock Unix ms
 */
export function createRateLimiter(
  { limit, periodSeconds }: { readonly limit: number; readonly periodSeconds: number },
  clock: () => number,
): RateLimiter {
  let period = 0;
  const counts = new Map<string, number>();
  return {
    async limit({ key }) {
      const current = Math.floor(clock() / (periodSeconds * 1000));
      if (current !== period) {
        period = current;
        counts.clear();
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= limit };
    },
  };
}
