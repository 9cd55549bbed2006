import type { EdgePurge, StaleAtEdge } from '../../src/revocation/edge-purge.ts';

/** An edge that records what it was asked to purge. */
export function recordPurges(): { readonly edge: EdgePurge; readonly purges: StaleAtEdge[] } {
  const purges: StaleAtEdge[] = [];
  const edge: EdgePurge = {
    async purge(stale) {
      purges.push(stale);
    },
  };
  return { edge, purges };
}
