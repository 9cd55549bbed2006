import type { StaleAtEdge } from './edge-purge.ts';
import type { ChangedRevocation } from './store.ts';

/** Revocations of one authority whose purge is not known to have succeeded. */
export interface OpenPurge {
  readonly authorityId: string;
  /** Everything up to this revision was purged. */
  readonly afterRevision: number;
  readonly revision: number;
}

export interface PurgeStore {
  /** Returns at most one for each authority, and at most `limit`. */
  listOpen(limit: number): Promise<readonly OpenPurge[]>;
  /** Returns at most `limit` certificates that the open revisions changed. */
  listChanged(open: OpenPurge, limit: number): Promise<readonly ChangedRevocation[]>;
  /** Marks revisions as purged, each only if everything up to its `afterRevision` is marked already. */
  markPurged(purged: readonly OpenPurge[]): Promise<void>;
}

export interface RetryDependencies {
  readonly store: PurgeStore;
  readonly edge: {
    /** Whether a purge reaches every data centre. If not, a retry is pointless. */
    purgesEverywhere(): boolean;
    /** Sends one purge. Returns false if the platform refused. */
    tryPurge(stale: StaleAtEdge): Promise<boolean>;
  };
}

/** The most authorities in one purge. */
const MAX_AUTHORITIES = 100;
/** For more authorities, their certificates are not read: that would take too many queries. */
const MAX_READ = 10;
/** For more certificates, all lists and OCSP responses of their authority are purged. */
const MAX_NAMED = 20;

/**
 * Repeats the purges of revocations that were refused, or that a crash prevented: many in one purge,
 * because the platform allows few of them a minute. A refused purge is left for the next run.
 */
export async function retryPurges({ store, edge }: RetryDependencies): Promise<{
  readonly stale: number;
  readonly purged: number;
}> {
  if (!edge.purgesEverywhere()) return { stale: 0, purged: 0 };
  const open = await store.listOpen(MAX_AUTHORITIES);
  if (open.length === 0) return { stale: 0, purged: 0 };
  const revocations: ChangedRevocation[] = [];
  const whole: string[] = [];
  for (const each of open) {
    const changed = open.length > MAX_READ ? null : await store.listChanged(each, MAX_NAMED + 1);
    if (changed === null || changed.length > MAX_NAMED) whole.push(each.authorityId);
    else revocations.push(...changed);
  }
  if (!(await edge.tryPurge({ revocations, listsOf: whole, ocspResponsesOf: whole }))) {
    return { stale: open.length, purged: 0 };
  }
  await store.markPurged(open);
  return { stale: open.length, purged: open.length };
}

/** The revisions that a purge of these certificates covers. */
export function listRevisions(changed: readonly ChangedRevocation[]): readonly OpenPurge[] {
  const revisions = new Map(
    changed.map(({ authorityId, revision }) => [
      `${authorityId} ${revision}`,
      { authorityId, afterRevision: revision - 1, revision },
    ]),
  );
  return [...revisions.values()];
}
