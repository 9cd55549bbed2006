import type { WorkersCache } from '../http/edge/purge.ts';
import { TRUSTED_MS } from './trust.ts';

/** By then, a process that has not purged trusts its memory no longer. */
const PURGE_TIMEOUT_MS = TRUSTED_MS + 100;
/** A process that starts anew answers soon. */
const RETRY_MS = 50;

type Sibling = Pick<Fetcher, 'fetch'>;

/**
 * The memory of all processes as one cache. A purge ends when each of them has purged, or cannot answer
 * of what it has not purged any more.
 */
export function joinCaches(own: WorkersCache, siblings: readonly Sibling[]): WorkersCache {
  return {
    async purge(options) {
      const tags = JSON.stringify(options.tags ?? []);
      const results = await Promise.all([
        own.purge(options).then(({ success }) => success),
        ...siblings.map((sibling) => purgeSibling(sibling, tags)),
      ]);
      return { success: results.every((success) => success) };
    },
  };
}

/** Returns false if the process does not answer in time. Never throws: others may still have to purge. */
async function purgeSibling(sibling: Sibling, tags: string): Promise<boolean> {
  const signal = AbortSignal.timeout(PURGE_TIMEOUT_MS);
  const init = { method: 'POST', body: tags, signal };
  while (!signal.aborted) {
    try {
      const response = await sibling.fetch('http://sibling/control/purge', init);
      if (response.ok) return true;
    } catch {
      // It does not run, or was about to close the connection.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}
