import type { Authority } from '../../authorities/authority.ts';
import type { StaleAtEdge } from '../../revocation/edge-purge.ts';
import type { ChangedRevocation } from '../../revocation/store.ts';
import type { FillMarks } from './fill-marks.ts';
import { listOcspPaths } from './ocsp-responses.ts';
import { findStalePaths, findStaleTags } from './tags.ts';

/** Workers Cache, as far as it is used here. */
export interface WorkersCache {
  purge(options: { tags?: string[] }): Promise<{ readonly success: boolean }>;
}

export interface PurgeDependencies {
  readonly publicationUrl: string;
  readonly marks: FillMarks;
  /** The cache in front of the current request, or null if Workers Cache is off. */
  openWorkersCache(): WorkersCache | null;
  openAuthority(id: string): Promise<Authority>;
  /** Records the purge of these changes, after the answer. */
  notePurged(changed: readonly ChangedRevocation[]): void;
  /** Unix ms. */
  readonly clock: () => number;
  readonly writeLog: (line: string) => void;
}

const REFUSED =
  'The edge cache was not purged. With Workers Cache, the job purge-edge repeats this for revocations. Other entries stay until they expire.';

export function createPurge(dependencies: PurgeDependencies) {
  const { publicationUrl, marks, openWorkersCache, openAuthority } = dependencies;
  const { notePurged, clock, writeLog } = dependencies;

  async function purge(stale: StaleAtEdge, { requestId }: { readonly requestId: string }) {
    if (findStaleTags(stale).length === 0) return;
    const isEverywhere = openWorkersCache() !== null;
    const isPurged = await (isEverywhere ? tryPurge(stale) : deleteEntries(stale));
    if (!isPurged) return reportRefusal({ requestId });
    const { revocations = [] } = stale;
    if (isEverywhere && revocations.length > 0) notePurged(revocations);
  }

  async function purgeTags(tags: readonly string[]): Promise<void> {
    const cache = openWorkersCache();
    if (cache !== null && !(await sendPurge(cache, tags))) reportRefusal({ tags });
  }

  /** Purges Workers Cache. Returns false if it is off or refused. */
  async function tryPurge(stale: StaleAtEdge): Promise<boolean> {
    const cache = openWorkersCache();
    return cache !== null && sendPurge(cache, findStaleTags(stale));
  }

  /** Deletes what this data centre's Cache API holds. The rest ends with its EDGE_TTL_SECONDS. */
  async function deleteEntries(stale: StaleAtEdge): Promise<boolean> {
    let isComplete = await succeeds(deletePaths(findStalePaths(stale)));
    for (const revocation of stale.revocations ?? []) {
      isComplete = (await succeeds(deleteOcspResponses(revocation))) && isComplete;
    }
    return isComplete;
  }

  async function deleteOcspResponses({ authorityId, serialHex }: ChangedRevocation) {
    await deletePaths(await listOcspPaths(await openAuthority(authorityId), serialHex));
  }

  async function deletePaths(paths: readonly string[]): Promise<void> {
    const keys = paths.map((path) => `${publicationUrl}${path}`);
    for (const key of keys) marks.markStale(key);
    await Promise.all(keys.map((key) => caches.default.delete(key)));
  }

  function reportRefusal(about: object): void {
    const at = new Date(clock()).toISOString();
    writeLog(JSON.stringify({ level: 'error', at, error: REFUSED, ...about }));
  }

  return { purge, purgeTags, tryPurge };
}

/** @returns false if the platform refused: it limits how often and how much may be purged */
async function sendPurge(cache: WorkersCache, tags: readonly string[]): Promise<boolean> {
  try {
    return (await cache.purge({ tags: [...tags] })).success;
  } catch {
    return false;
  }
}

function succeeds(action: Promise<unknown>): Promise<boolean> {
  return action.then(
    () => true,
    () => false,
  );
}
