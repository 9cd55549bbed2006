import { answerConditionally } from './conditional.ts';
import { openContent } from './content.ts';
import { FILL_MARK, type FillMarks } from './fill-marks.ts';
import type { EdgeEntry, EdgeLayer, EdgeRequest, EdgeResource } from './resource.ts';

export interface ServeDependencies {
  readonly publicationUrl: string;
  readonly marks: FillMarks;
  layer(): EdgeLayer;
  /** Never throws. */
  purgeTags(tags: readonly string[]): Promise<unknown>;
}

/**
 * Workers Cache does not tell when it stores an answer. We assume that it has at this time after the
 * body ended.
 */
const STORED_AFTER_MS = 1000;

export function createServe({ publicationUrl, marks, layer, purgeTags }: ServeDependencies) {
  return async function serve(asked: EdgeRequest, resource: EdgeResource): Promise<Response> {
    return layer() === 'workers-cache'
      ? serveForWorkersCache(asked, resource)
      : serveFromCacheApi(asked, resource);
  };

  async function serveFromCacheApi(asked: EdgeRequest, resource: EdgeResource): Promise<Response> {
    const key = `${publicationUrl}${resource.path}`;
    const stored = await caches.default.match(key);
    if (stored !== undefined) {
      if (!marks.isStale(key, stored.headers.get(FILL_MARK))) {
        asked.noteHit();
        return answerConditionally(asked.request, stored.headers, () => stored.body, stored);
      }
      await stored.body?.cancel();
    }
    const mark = marks.begin();
    const built = await resource.build('cache-api');
    if (built instanceof Response) return built;
    const headers = addTags(built, resource);
    const uses = trackUses(built);
    if (built.edgeSeconds > 0) {
      const entry = uses.open();
      asked.waitUntil(storeUnlessStale(key, mark, built, entry, headers));
    }
    const response = await answerConditionally(asked.request, headers, uses.open);
    asked.waitUntil(uses.ended());
    return response;
  }

  /**
   * Puts first and reads the record afterwards. A revocation commits first and deletes afterwards:
   * whichever comes second sees the other, so no entry from before an answered revocation stays. The
   * entry gets a body of its own: a slow client must not make us hold a long list.
   */
  async function storeUnlessStale(
    key: string,
    mark: string,
    { hasChanged }: EdgeEntry,
    body: BodyInit,
    headers: Headers,
  ): Promise<void> {
    const marked = new Headers(headers);
    marked.set(FILL_MARK, mark);
    const entry = new Response(body, { headers: marked });
    const isStored = await caches.default.put(key, entry).then(
      () => true,
      () => false,
    );
    if (!isStored || marks.isStale(key, mark) || (await hasRecordChanged(hasChanged))) {
      await caches.default.delete(key);
    }
  }

  /** Workers Cache lies in front of the Worker and stores what the headers allow. */
  async function serveForWorkersCache(
    asked: EdgeRequest,
    resource: EdgeResource,
  ): Promise<Response> {
    const built = await resource.build('workers-cache');
    if (built instanceof Response) return built;
    const { hasChanged, checksBeforeAnswer } = built;
    const headers = addTags(built, resource);
    const isStale = checksBeforeAnswer && (await hasRecordChanged(hasChanged));
    if (isStale) headers.set('Cache-Control', 'no-store');
    const uses = trackUses(built);
    const response = await answerConditionally(asked.request, headers, uses.open);
    const ended = uses.ended();
    asked.waitUntil(ended);
    if (!isStale && hasChanged !== null) {
      asked.waitUntil(purgeIfStale(ended, hasChanged, resource));
    }
    return response;
  }

  /** It waits for a second: nothing that it refers to may hold the content. */
  async function purgeIfStale(
    ended: Promise<void>,
    hasChanged: EdgeEntry['hasChanged'],
    { ownTag }: EdgeResource,
  ): Promise<void> {
    await ended;
    await new Promise((resolve) => setTimeout(resolve, STORED_AFTER_MS));
    if (await hasRecordChanged(hasChanged)) await purgeTags([ownTag]);
  }
}

/** Counts the bodies that are read from a content, and releases it after the last one. */
function trackUses({ content, release }: Pick<EdgeEntry, 'content' | 'release'>) {
  const bodies: Promise<void>[] = [];
  return {
    open(): BodyInit {
      const { body, ended } = openContent(content);
      if (ended !== null) bodies.push(ended);
      return body;
    },
    /** To be called when no further body will be opened. Resolves when all were read. */
    async ended(): Promise<void> {
      if (bodies.length > 0) await Promise.all(bodies);
      release?.();
    },
  };
}

/** A record that cannot be read counts as changed. */
async function hasRecordChanged(hasChanged: EdgeEntry['hasChanged']): Promise<boolean> {
  return hasChanged !== null && (await hasChanged().catch(() => true));
}

function addTags({ headers }: EdgeEntry, { tags }: EdgeResource): Headers {
  const tagged = new Headers(headers);
  tagged.set('Cache-Tag', tags.join(','));
  return tagged;
}
