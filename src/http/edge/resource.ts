import type { Content } from './content.ts';

/**
 * Which cache keeps entries: Workers Cache in front of the Worker, which a purge by tag clears
 * everywhere, or the Cache API of one data centre. Never both: two layers would refill each other with
 * stale responses.
 */
export type EdgeLayer = 'workers-cache' | 'cache-api';

/** A response that is the same for every client, and that the edge caches. */
export interface EdgeResource {
  /**
   * Path of the entry's key in the Cache API. The key has the publication URL's host and no query, so
   * that clients cannot make further entries.
   */
  readonly path: string;
  readonly tags: readonly string[];
  /** The tag among them that names this resource alone. */
  readonly ownTag: string;
  /** Builds the response if the edge has no entry. Returns a Response if it must not be cached. */
  build(layer: EdgeLayer): Promise<EdgeEntry | Response>;
}

export interface EdgeEntry {
  /** With ETag and Cache-Control, without Cache-Tag. */
  readonly headers: Headers;
  readonly content: Content;
  /** Frees the content, which nothing else refers to. Null if something does, or if it is not in memory. */
  readonly release: (() => void) | null;
  /** How long the edge may keep it; 0 for not at all. */
  readonly edgeSeconds: number;
  /** Reads the record: whether it has changed since the entry was built. Null if it never changes. */
  readonly hasChanged: (() => Promise<boolean>) | null;
  /** Checks this before the answer too, because building takes so long that a change is likely. */
  readonly checksBeforeAnswer: boolean;
}

/** The parts of a request that the edge needs, without the HTTP framework. */
export interface EdgeRequest {
  readonly request: Request;
  readonly url: URL;
  waitUntil(promise: Promise<unknown>): void;
  /** Reports that the answer came from the edge cache: such requests are not logged. */
  noteHit(): void;
}

export function formatCacheControl(maxAgeSeconds: number, edgeSeconds: number): string {
  return `public, no-transform, must-revalidate, max-age=${maxAgeSeconds}, s-maxage=${edgeSeconds}`;
}
