import type { RequestContext } from '../audit/event.ts';
import type { ChangedRevocation } from './store.ts';

/** What a change made stale at the edge. Authorities are named by the ids of their generations. */
export interface StaleAtEdge {
  /** Revoked, held or released certificates: their lists and the OCSP responses about them. */
  readonly revocations?: readonly ChangedRevocation[];
  /** Authorities of which any list may have changed. */
  readonly listsOf?: readonly string[];
  /** Authorities whose certificate, chain or cross-certificates changed. */
  readonly certificatesOf?: readonly string[];
  /** Authorities all of whose OCSP responses are to be signed again. */
  readonly ocspResponsesOf?: readonly string[];
}

/** The edge cache, as seen by the operations that change what is published. */
export interface EdgePurge {
  /**
   * Purges what a change made stale, in one purge. Await it after the change is committed and before
   * it is answered. It never throws: a refused purge is logged with the request's id, and the job
   * `purge-edge` retries it for revocations. Until then EDGE_TTL_SECONDS bounds how long stale
   * entries live.
   */
  purge(stale: StaleAtEdge, request: Pick<RequestContext, 'requestId'>): Promise<void>;
}

export interface UnpurgedAuthority {
  readonly authorityId: string;
  readonly revision: number;
}

export interface PurgeStore {
  /** At most `limit` authorities with revocations for which no purge has succeeded yet. */
  listUnpurged(limit: number): Promise<readonly UnpurgedAuthority[]>;
  markPurged(purged: readonly UnpurgedAuthority[]): Promise<void>;
}

export interface RetryDependencies {
  readonly store: PurgeStore;
  readonly edge: {
    /** Whether a purge reaches every data centre. If not, a retry is pointless. */
    purgesEverywhere(): boolean;
    /** Purges all lists and OCSP responses of authorities. Returns false if the platform refused. */
    purgeAuthorities(authorityIds: readonly string[]): Promise<boolean>;
  };
}

/** The most authorities in one purge. */
const MAX_AUTHORITIES = 100;

/**
 * Retries the purges of revocations: many authorities in one purge, because the platform allows few of
 * them a minute. A refused purge is left for the next run.
 */
export async function retryPurges({ store, edge }: RetryDependencies): Promise<{
  readonly stale: number;
  readonly purged: number;
}> {
  if (!edge.purgesEverywhere()) return { stale: 0, purged: 0 };
  const unpurged = await store.listUnpurged(MAX_AUTHORITIES);
  if (unpurged.length === 0) return { stale: 0, purged: 0 };
  if (!(await edge.purgeAuthorities(unpurged.map(({ authorityId }) => authorityId)))) {
    return { stale: unpurged.length, purged: 0 };
  }
  await store.markPurged(unpurged);
  return { stale: unpurged.length, purged: unpurged.length };
}
