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
   * it is answered. It never throws. A refused purge is logged with the request's id. The job
   * `purge-edge` repeats it for revocations. Entries that are not purged live EDGE_TTL_SECONDS at most;
   * OCSP responses in Workers Cache live longer.
   */
  purge(stale: StaleAtEdge, request: Pick<RequestContext, 'requestId'>): Promise<void>;
}
