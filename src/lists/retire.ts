/** What has no further use in lists: see `retireRevocations`. */
export interface RetirementStore {
  /**
   * Serial numbers of certificates that expired before thisUpdate of a complete list that holds
   * them, and of a list of their partition that does, if there is one. None where the last pass of
   * the authority was after `lastPassMs`.
   */
  listRetirable(
    authorityId: string,
    lastPassMs: number,
    limit: number,
  ): Promise<{ readonly isDue: boolean; readonly serialsHex: readonly string[] }>;
  /** Takes them out of the lists to come, in one batch, and notes the pass. The number of them. */
  retire(authorityId: string, serialsHex: readonly string[], atMs: number): Promise<number>;
  /** Removes releases that no delta will tell of any more. The number of them. */
  deleteReleases(authorityId: string, limit: number): Promise<number>;
  /** Removes chunks that no list has named since `beforeMs`. The number of them. */
  deleteChunks(beforeMs: number, limit: number): Promise<number>;
}

export interface RetirementDependencies {
  readonly store: RetirementStore;
  /** Unix ms. */
  readonly clock: () => number;
}

/** Each pass makes the lists be encoded anew in part, so there is one a day. */
const PASS_MS = 86_400_000;
const MAX_ROWS = 20_000;
const MAX_RELEASES = 1000;
const MAX_CHUNKS = 100;
/** A download that began before a chunk was replaced may still read it. */
export const CHUNK_LIFE_MS = 10 * 60_000;

/**
 * Takes expired certificates out of the lists once these have shown them after their expiry (RFC
 * 5280 section 3.3), in bounded steps, and removes what no list or delta refers to any more.
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
