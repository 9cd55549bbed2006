/** Finds and deletes what lists need no more: see `retireRevocations`. */
export interface RetirementStore {
  /**
   * Returns the serials of certificates that expired before thisUpdate of a complete list that holds
   * them, and of their partition's list, if there is one. Returns none if the authority's last pass
   * was after `lastPassMs`. `isAhead` says that it was after `nowMs`.
   */
  listRetirable(
    authorityId: string,
    times: { readonly lastPassMs: number; readonly nowMs: number },
    limit: number,
  ): Promise<{
    readonly isDue: boolean;
    readonly isAhead: boolean;
    readonly serialsHex: readonly string[];
  }>;
  /** Returns the serials of retired certificates that have not expired. */
  listRetiredEarly(
    authorityId: string,
    nowSeconds: number,
    limit: number,
  ): Promise<readonly string[]>;
  /** Lists retired certificates again, in one batch, as if they had been revoked now. */
  listAgain(authorityId: string, serialsHex: readonly string[]): Promise<void>;
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
 *
 * A clock that is ahead retires certificates that have not expired. They are listed again once it is right.
 */
export async function retireRevocations(
  { store, clock }: RetirementDependencies,
  authorityIds: readonly string[],
): Promise<{ readonly retired: number; readonly releases: number; readonly chunks: number }> {
  let left = MAX_ROWS;
  let releases = 0;
  for (const id of authorityIds) {
    const now = clock();
    const times = { lastPassMs: now - PASS_MS, nowMs: now };
    const { isDue, isAhead, serialsHex } = await store.listRetirable(id, times, left);
    if (isAhead) await undoEarlyPass(store, id, now);
    if (isDue && left > 0) left -= await store.retire(id, serialsHex, now);
    releases += await store.deleteReleases(id, MAX_RELEASES);
  }
  const chunks = await store.deleteChunks(clock() - CHUNK_LIFE_MS, MAX_CHUNKS);
  return { retired: MAX_ROWS - left, releases, chunks };
}

/** Lists again what a clock that was ahead has retired. The run that finds none records a pass of now. */
async function undoEarlyPass(store: RetirementStore, id: string, nowMs: number): Promise<void> {
  const early = await store.listRetiredEarly(id, Math.floor(nowMs / 1000), MAX_ROWS);
  if (early.length > 0) await store.listAgain(id, early);
  else await store.retire(id, [], nowMs);
}
