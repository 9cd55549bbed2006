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
    if (built.edgeSeconds > 0) asked.waitUntil(storeUnlessStale(key, mark, built, headers));
    const response = await answerConditionally(
      asked.request,
      headers,
      () => openContent(built.content).body,
    );
    // Responses are made of a copy of the bytes, as the Fetch standard says.
    built.release?.();
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
    { content, hasChanged }: EdgeEntry,
    headers: Headers,
  ): Promise<void> {
    const marked = new Headers(headers);
    marked.set(FILL_MARK, mark);
    const entry = new Response(openContent(content).body, { headers: marked });
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
    const { content, release, hasChanged, checksBeforeAnswer } = built;
    const headers = addTags(built, resource);
    const isStale = checksBeforeAnswer && (await hasRecordChanged(hasChanged));
    if (isStale) headers.set('Cache-Control', 'no-store');
    let ended = Promise.resolve();
    const response = await answerConditionally(asked.request, headers, () => {
      const opened = openContent(content);
      ended = opened.ended;
      return opened.body;
    });
    release?.();
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

/** A record that cannot be read counts as changed. */
async function hasRecordChanged(hasChanged: EdgeEntry['hasChanged']): Promise<boolean> {
  return hasChanged !== null && (await hasChanged().catch(() => true));
}

function addTags({ headers }: EdgeEntry, { tags }: EdgeResource): Headers {
  const tagged = new Headers(headers);
  tagged.set('Cache-Tag', tags.join(','));
  return tagged;
}
