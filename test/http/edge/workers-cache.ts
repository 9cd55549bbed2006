import type { WorkersCache } from '../../../src/http/edge/purge.ts';

/** A Workers Cache that records the tags of each purge. */
export function createWorkersCache(success = true): {
  readonly cache: WorkersCache;
  readonly purges: (readonly string[])[];
} {
  const purges: (readonly string[])[] = [];
  const cache: WorkersCache = {
    async purge({ tags = [] }) {
      purges.push(tags);
      return { success };
    },
  };
  return { cache, purges };
}
