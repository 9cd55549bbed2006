export interface PurgeStore {
  /** The authorities whose edge copies may hold fewer revocations than were recorded. */
  listUnpurged(): Promise<readonly { readonly authorityId: string; readonly revision: number }[]>;
  markPurged(authorityId: string, revision: number): Promise<void>;
}

export interface PurgeDependencies {
  readonly store: PurgeStore;
  /** Tells the edge to forget an authority's lists; false where it refused. Null where nothing can be purged. */
  readonly purgeCrls: ((authorityIds: readonly string[]) => Promise<boolean>) | null;
}

/**
 * Tells the edge once more to forget lists that revocations made stale: all authorities in one
 * purge, since the platform allows few of them a minute. A refused purge is left for the next run;
 * until then the short life of edge copies holds.
 */
export async function purgeEdge({ store, purgeCrls }: PurgeDependencies): Promise<{
  readonly stale: number;
  readonly purged: number;
}> {
  if (purgeCrls === null) return { stale: 0, purged: 0 };
  const unpurged = await store.listUnpurged();
  if (unpurged.length === 0) return { stale: 0, purged: 0 };
  if (!(await purgeCrls(unpurged.map(({ authorityId }) => authorityId)))) {
    return { stale: unpurged.length, purged: 0 };
  }
  for (const { authorityId, revision } of unpurged) await store.markPurged(authorityId, revision);
  return { stale: unpurged.length, purged: unpurged.length };
}
