import type { PurgeDependencies } from '../revocation/purge-edge.ts';
import type { Call, Runtime } from './call.ts';

/** Something that everybody may download, as it is at this moment. */
export interface Publication {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Name for Content-Disposition, or null for none. */
  readonly fileName: string | null;
  readonly sha256Hex: string;
  readonly lastModifiedMs: number;
  /** The moment after which no copy may be kept, or null. */
  readonly expiresAtMs: number | null;
  /** The revocation revision that it holds, or null where revocations do not change it. */
  readonly revision: number | null;
}

export interface Published {
  readonly authorityId: string;
  readonly kind: 'ca' | 'crl';
  /** Makes it; called only where the edge does not have it. */
  build(): Promise<Publication>;
  /** The revision now, where it is not the authority's own alone. */
  findRevision?(): Promise<number | null>;
}

/**
 * Answers a download, from the edge where it has a copy: then without a query and without a
 * signature. Exactly one layer caches: Workers Cache in front of us where the platform offers it
 * (`runtime.cache`), and then headers are all it needs; else the Cache API.
 */
export async function servePublished(call: Call, published: Published): Promise<Response> {
  if (call.runtime.cache !== undefined) return buildForPlatformCache(call, published);
  const key = cacheKey(call, call.url.pathname);
  const stored = await caches.default.match(key);
  if (stored !== undefined) {
    if (!wasOvertaken(stored, key)) {
      call.note('served from the edge');
      return answerConditionally(call, stored);
    }
    await stored.body?.cancel();
  }
  const mark = copyMark(key);
  const publication = await published.build();
  const response = encodePublication(call, published, publication);
  if (edgeSeconds(call, publication) > 0) {
    const copy = response.clone();
    copy.headers.set(COPY_MARK, mark);
    call.runtime.waitUntil(storeUnlessMoved(call, published, publication, key, copy));
  }
  return answerConditionally(call, response);
}

/**
 * A copy that a revocation overtook lies in the cache from its put until the check behind it. The
 * isolate that made the revocation knows such a copy by its mark: which isolate began it, and after
 * how many invalidations.
 */
const COPY_MARK = 'X-Copy-Mark';
const invalidations = new Map<string, number>();
let isolateId: string | null = null;

function copyMark({ url }: Request): string {
  isolateId ??= crypto.randomUUID();
  return `${isolateId}.${invalidations.get(url) ?? 0}`;
}

function wasOvertaken(stored: Response, key: Request): boolean {
  const mark = stored.headers.get(COPY_MARK);
  return (
    mark !== null &&
    isolateId !== null &&
    mark.startsWith(`${isolateId}.`) &&
    mark !== copyMark(key)
  );
}

async function buildForPlatformCache(call: Call, published: Published): Promise<Response> {
  const publication = await published.build();
  const response = encodePublication(call, published, publication);
  if (await hasMoved(call, published, publication)) {
    response.headers.set('Cache-Control', 'no-store');
  } else if (publication.revision !== null) {
    // The platform stores the answer after we return it: look once more then.
    call.runtime.waitUntil(
      hasMoved(call, published, publication).then(async (moved) => {
        if (moved) await purgeTag(call, cacheTag(published.kind, published.authorityId));
      }),
    );
  }
  return answerConditionally(call, response);
}

/**
 * Puts first and reads the revision afterwards. A revocation commits first and deletes afterwards:
 * whichever comes second sees the other, so no list from before an answered revocation stays.
 */
async function storeUnlessMoved(
  call: Call,
  published: Published,
  publication: Publication,
  key: Request,
  copy: Response,
): Promise<void> {
  await caches.default.put(key, copy);
  const moved = await hasMoved(call, published, publication).catch(() => true);
  if (moved) await caches.default.delete(key);
}

async function hasMoved(
  call: Call,
  published: Published,
  { revision }: Publication,
): Promise<boolean> {
  if (revision === null) return false;
  const now =
    published.findRevision === undefined
      ? call.services.findRevision(published.authorityId)
      : published.findRevision();
  return (await now) !== revision;
}

/**
 * Drops every copy of an authority's CRL, before a revocation is answered. What it cannot reach
 * (other data centres, a refused purge) ends with its EDGE_TTL_SECONDS.
 */
export async function invalidateCrl(
  call: Call,
  authorityIds: readonly string[],
  paths: readonly string[],
): Promise<void> {
  if (call.runtime.cache !== undefined) {
    const tags = authorityIds.map((id) => cacheTag('crl', id));
    if (!(await purgeTags(call.runtime, tags))) reportUncleared(call);
    return;
  }
  try {
    const keys = paths.map((path) => cacheKey(call, path));
    for (const { url } of keys) invalidations.set(url, (invalidations.get(url) ?? 0) + 1);
    await Promise.all(keys.map((key) => caches.default.delete(key)));
  } catch {
    reportUncleared(call);
  }
}

/** Drops the copies of authorities' certificates, after one was replaced. */
export async function invalidateCertificates(
  call: Call,
  authorityIds: readonly string[],
  paths: readonly string[],
): Promise<void> {
  if (call.runtime.cache !== undefined) {
    const tags = authorityIds.map((id) => cacheTag('ca', id));
    if (!(await purgeTags(call.runtime, tags))) reportUncleared(call);
    return;
  }
  try {
    await Promise.all(paths.map((path) => caches.default.delete(cacheKey(call, path))));
  } catch {
    reportUncleared(call);
  }
}

/** The platform limits purges (5 a minute on its free plan): a refusal must not fail a revocation. */
async function purgeTag(call: Call, tag: string): Promise<void> {
  if (!(await purgeTags(call.runtime, [tag]))) reportUncleared(call);
}

async function purgeTags({ cache }: Pick<Runtime, 'cache'>, tags: string[]): Promise<boolean> {
  const result = await cache?.purge({ tags }).catch(() => null);
  return result?.success === true;
}

/** Purges the lists of authorities everywhere at once, or null where the platform has no such purge. */
export function createCrlPurge(runtime: Pick<Runtime, 'cache'>): PurgeDependencies['purgeCrls'] {
  if (runtime.cache === undefined) return null;
  return (authorityIds) =>
    purgeTags(
      runtime,
      authorityIds.map((id) => cacheTag('crl', id)),
    );
}

function reportUncleared(call: Call): void {
  call.reportTrouble(
    'the edge cache was not cleared: a job tries again, copies stay up to EDGE_TTL_SECONDS',
  );
}

function cacheTag(kind: Published['kind'], authorityId: string): string {
  return `${kind}-${authorityId}`;
}

/** A key of our own: host, query and headers of a client cannot make further copies. */
function cacheKey(call: Call, path: string): Request {
  return new Request(`${call.services.config.publicationUrl}${path}`);
}

function edgeSeconds(call: Call, { expiresAtMs }: Publication): number {
  const { config, clock } = call.services;
  const left =
    expiresAtMs === null ? Number.POSITIVE_INFINITY : Math.floor((expiresAtMs - clock()) / 1000);
  return Math.max(0, Math.min(config.edgeTtlSeconds, left));
}

function encodePublication(
  call: Call,
  { kind, authorityId }: Published,
  publication: Publication,
): Response {
  const headers = new Headers({
    'Content-Type': publication.contentType,
    'Content-Length': String(publication.body.length),
    ETag: `"${publication.sha256Hex.slice(0, 32)}"`,
    'Last-Modified': new Date(publication.lastModifiedMs).toUTCString(),
    'Cache-Tag': cacheTag(kind, authorityId),
    'Cache-Control': `public, no-transform, must-revalidate, max-age=0, s-maxage=${edgeSeconds(call, publication)}`,
  });
  if (publication.fileName !== null) {
    headers.set('Content-Disposition', `attachment; filename=${publication.fileName}`);
  }
  return new Response(publication.body, { headers });
}

/**
 * 304 where If-None-Match names what we have (RFC 9110 section 13.1.2). If-Modified-Since is not
 * heeded: two lists can be made within the one second that it can tell apart.
 */
async function answerConditionally(call: Call, response: Response): Promise<Response> {
  const etag = response.headers.get('ETag');
  const condition = call.request.headers.get('If-None-Match');
  const isMatch = condition !== null && etag !== null && matchesEtag(condition, etag);
  const headers = new Headers(response.headers);
  headers.delete(COPY_MARK);
  if (!isMatch && call.request.method !== 'HEAD') return new Response(response.body, { headers });
  // A body from the edge that nobody reads would keep its connection open.
  await response.body?.cancel();
  if (!isMatch) return new Response(null, { headers });
  for (const name of ['Content-Type', 'Content-Length', 'Content-Disposition']) {
    headers.delete(name);
  }
  return new Response(null, { status: 304, headers });
}

/** The weak comparison of RFC 9110 section 8.8.3.2 against a list of entity tags, or `*`. */
function matchesEtag(condition: string, etag: string): boolean {
  if (condition.trim() === '*') return true;
  return [...condition.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === etag);
}
