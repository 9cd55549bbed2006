import { isGenerationOf } from '../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import { SignetError } from '../errors.ts';
import type { PurgeDependencies } from '../revocation/purge-edge.ts';
import type { Call, Runtime } from './call.ts';
import { type Content, openContent } from './content.ts';

/** Something that everybody may download, as it is at this moment. */
export interface Publication {
  readonly content: Content;
  readonly contentType: string;
  /** Name for Content-Disposition, or null for none. */
  readonly fileName: string | null;
  /** Hex, of these very bytes: 32 characters at least. */
  readonly tagHex: string;
  readonly lastModifiedMs: number;
  /** The moment after which no copy may be kept, or null. */
  readonly expiresAtMs: number | null;
  /** The revocation revision that it holds, or null where revocations do not change it. */
  readonly revision: number | null;
}

export interface Published {
  /** What it is purged by. */
  readonly tags: readonly [string, ...string[]];
  /** Makes it; called only where the edge does not have it. */
  build(): Promise<Publication>;
  /** The newest revision that changed it. */
  findRevision(): Promise<number | null>;
}

/**
 * Answers a download, from the edge where it has a copy: then without a query and without a
 * signature. Exactly one layer caches: Workers Cache in front of us where the platform offers it
 * (`runtime.cache`), and then headers are all it needs; else the Cache API.
 */
export async function servePublished(call: Call, published: Published): Promise<Response> {
  const { pathname, search } = call.url;
  // No name here needs percent-encoding. Spelled otherwise it would have copies of its own, as many
  // as a stranger likes to have made, and no revocation would delete them.
  if (pathname.includes('%')) {
    throw new SignetError('not-found', 'There is nothing at this address.');
  }
  if (call.runtime.cache !== undefined) {
    // That cache tells queries apart.
    return search === ''
      ? buildForPlatformCache(call, published)
      : new Response(null, { status: 308, headers: { Location: pathname } });
  }
  const key = cacheKey(call, pathname);
  const stored = await caches.default.match(key);
  if (stored !== undefined) {
    if (!wasOvertaken(stored, key)) {
      call.noteCopy();
      return answerConditionally(call, stored.headers, () => stored.body, stored);
    }
    await stored.body?.cancel();
  }
  const mark = copyMark(key);
  const publication = await published.build();
  const headers = encodeHeaders(call, published, publication);
  if (edgeSeconds(call, publication) > 0) {
    const marked = new Headers(headers);
    marked.set(COPY_MARK, mark);
    call.runtime.waitUntil(storeUnlessMoved(published, publication, key, marked));
  }
  return answerConditionally(call, headers, () => openContent(publication.content));
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
  const headers = encodeHeaders(call, published, publication);
  if (await hasMoved(published, publication)) {
    headers.set('Cache-Control', 'no-store');
  } else if (publication.revision !== null) {
    // The platform stores the answer after we return it: look once more then.
    call.runtime.waitUntil(
      hasMoved(published, publication).then(async (moved) => {
        if (moved && !(await purgeTags(call.runtime, [published.tags[0]]))) reportUncleared(call);
      }),
    );
  }
  return answerConditionally(call, headers, () => openContent(publication.content));
}

/**
 * Puts first and reads the revision afterwards. A revocation commits first and deletes afterwards:
 * whichever comes second sees the other, so no list from before an answered revocation stays. A long
 * list is read apart for the copy: a client that is slow must not make us hold it.
 */
async function storeUnlessMoved(
  published: Published,
  publication: Publication,
  key: Request,
  headers: Headers,
): Promise<void> {
  const copy = new Response(openContent(publication.content), { headers });
  const stored = await caches.default.put(key, copy).then(
    () => true,
    () => false,
  );
  const moved = !stored || (await hasMoved(published, publication).catch(() => true));
  if (moved) await caches.default.delete(key);
}

async function hasMoved(published: Published, { revision }: Publication): Promise<boolean> {
  return revision !== null && ((await published.findRevision()) ?? 0) > revision;
}

/**
 * Drops the copies of what has these tags and lies at these paths, before what made them stale is
 * answered. What it cannot reach (other data centres, a refused purge) ends with its
 * EDGE_TTL_SECONDS: the platform limits purges, and a refusal must not fail a revocation.
 */
export async function invalidate(
  call: Call,
  { tags, paths }: { readonly tags: readonly string[]; readonly paths: readonly string[] },
): Promise<void> {
  if (call.runtime.cache !== undefined) {
    if (!(await purgeTags(call.runtime, [...tags]))) reportUncleared(call);
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

async function purgeTags({ cache }: Pick<Runtime, 'cache'>, tags: string[]): Promise<boolean> {
  const result = await cache?.purge({ tags }).catch(() => null);
  return result?.success === true;
}

/** Of all lists of a key generation, full and delta, whatever they are for. */
export function listsTag(authorityId: string): string {
  return `crls-${authorityId}`;
}

/** Of all OCSP answers of a key generation. */
export function ocspTag(authorityId: string): string {
  return `ocsp-${authorityId}`;
}

/** Purges the lists and OCSP answers of authorities everywhere at once, or null where the platform has no such purge. */
export function createCrlPurge(runtime: Pick<Runtime, 'cache'>): PurgeDependencies['purgeCrls'] {
  if (runtime.cache === undefined) return null;
  return (authorityIds) => {
    const tags = new Set(authorityIds.flatMap((id) => [listsTag(id), ocspTag(id)]));
    // The list of lists has the name of the first generation.
    if (authorityIds.some((id) => isGenerationOf(id, DEFAULT_AUTHORITY_ID))) {
      tags.add(listsTag(DEFAULT_AUTHORITY_ID));
    }
    return purgeTags(runtime, [...tags]);
  };
}

function reportUncleared(call: Call): void {
  call.reportTrouble(
    'the edge cache was not cleared: a job tries again, copies stay up to EDGE_TTL_SECONDS',
  );
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

function encodeHeaders(call: Call, { tags }: Published, publication: Publication): Headers {
  const headers = new Headers({
    'Content-Type': publication.contentType,
    'Content-Length': String(publication.content.byteLength),
    ETag: `"${publication.tagHex.slice(0, 32)}"`,
    'Last-Modified': new Date(publication.lastModifiedMs).toUTCString(),
    'Cache-Tag': tags.join(','),
    'Cache-Control': `public, no-transform, must-revalidate, max-age=0, s-maxage=${edgeSeconds(call, publication)}`,
  });
  if (publication.fileName !== null) {
    headers.set('Content-Disposition', `attachment; filename=${publication.fileName}`);
  }
  return headers;
}

/**
 * 304 where If-None-Match names what we have (RFC 9110 section 13.1.2). If-Modified-Since is not
 * heeded: two lists can be made within the one second that it can tell apart.
 * @param open called only where the answer has the body
 * @param stored whose body is to be given up where the answer has none
 */
async function answerConditionally(
  call: Call,
  known: Headers,
  open: () => BodyInit | null,
  stored: Response | null = null,
): Promise<Response> {
  const etag = known.get('ETag');
  const condition = call.request.headers.get('If-None-Match');
  const isMatch = condition !== null && etag !== null && matchesEtag(condition, etag);
  const headers = new Headers(known);
  headers.delete(COPY_MARK);
  if (!isMatch && call.request.method !== 'HEAD') return new Response(open(), { headers });
  // A body from the edge that nobody reads would keep its connection open.
  await stored?.body?.cancel();
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
