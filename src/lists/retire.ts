/** Finds and deletes what lists need no more: see `retireRevocations`. */
export interface RetirementStore {
  /**
   * Returns the serials of certificates that expired before thisUpdate of a complete list that holds
   * them, and of their partition's list, if there is one. Returns none if the authority's last pass
   * was after `lastPassMs`.
   */
  listRetirable(
    authorityId: string,
    lastPassMs: number,
    limit: number,
  ): Promise<{ readonly isDue: boolean; readonly serialsHex: readonly string[] }>;
  /** Removes them from future lists in one batch, and records the pass. Returns their count. */
  retire(authorityId: string, serialsHex: readonly string[], atMs: number): Promise<number>;
  /** Deletes releases that no future delta contains. Returns their count. */
  deleteReleases(authorityId: string, limit: number): Promise<number>;
  /** Deletes chunks that no list has used since `beforeMs`. Returns their count. */
  deleteChunks(beforeMs: number, limit: number): Promise<number>;
}

export interface RetirementDependencies {
  readonly store: RetirementStore;
  /** Unix ms. */
  readonly clock: () => number;
}

/** Each pass makes parts of the lists be encoded again, so there is one per day. */
const PASS_MS = 86_400_000;
const MAX_ROWS = 20_000;
const MAX_RELEASES = 1000;
const MAX_CHUNKS = 100;
/** A download that began before a chunk was replaced may still read it. */
export const CHUNK_LIFE_MS = 10 * 60_000;

/**
 * Removes expired certificates from the lists after a list issued past their expiry has shown them (RFC
 * 5280 section 3.3), and deletes what no list or delta refers to any more. Each run is bounded.
 */
export async function retireRevocations(
  { store, clock }: RetirementDependencies,
  authorityIds: readonly string[],
): Promise<{ readonly retired: number; readonly releases: number; readonly chunks: number }> {
  let left = MAX_ROWS;
  let releases = 0;
  for (const id of authorityIds) {
    const now = clock();
    const { isDue, serialsHex } = await store.listRetirable(id, now - PASS_MS, left);
    if (isDue && left > 0) left -= await store.retire(id, serialsHex, now);
    releases += await store.deleteReleases(id, MAX_RELEASES);
  }
  const chunks = await store.deleteChunks(clock() - CHUNK_LIFE_MS, MAX_CHUNKS);
  return { retired: MAX_ROWS - left, releases, chunks };
}
