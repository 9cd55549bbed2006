import { releaseBytes } from '../bytes.ts';
import { answerConditionally } from '../http/edge/conditional.ts';
import { openContent } from '../http/edge/content.ts';
import type { WorkersCache } from '../http/edge/purge.ts';
import { createTaggedMemory } from '../http/edge/tagged-memory.ts';
import { settleWithin } from '../wait.ts';

/** Longer answers are not kept. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;
/** Small ones take 2 KB besides their body and their key. */
const MAX_ENTRIES = 5000;

interface Entry {
  readonly body: Uint8Array<ArrayBuffer>;
  /** As one text: pairs of texts take a KB more, and a Headers object takes 4 KB of native memory. */
  readonly head: string;
  /** Unix ms. */
  readonly storedAtMs: number;
  /** Answers whose body is read from this one. */
  readers: number;
  isKept: boolean;
}

/** Longest wait for the answer that another request builds. */
const MAX_WAIT_MS = 1000;
/** How often a request waits for another one, if answers are purged while they are built. */
const MAX_WAITS = 3;
/** So many keys are remembered after a purge. */
const MAX_PURGED_KEYS = 1000;

/** A request that builds an answer. */
interface Build {
  readonly mark: number;
  readonly ended: Promise<void>;
}

export interface ResponseCache extends WorkersCache {
  /**
   * Answers from memory, or by `build`, whose answer is kept as long as its s-maxage says. After a
   * purge, requests for the same answer wait for the first one of them: many clients fetch a CRL as soon
   * as it changes, and each would read and hold all of it.
   */
  answer(request: Request, build: () => Promise<Response>): Promise<Response>;
  /** Answers by `build` without the memory. */
  answerAnew(build: () => Promise<Response>): Promise<Response>;
}

/**
 * Keeps published answers in the memory of one process, as Workers Cache does in front of the Worker:
 * GET alone, by path and query, for `s-maxage` seconds, purged by the tags in Cache-Tag.
 * @param clock Unix ms
 * @param keepAlive lets a promise settle though its request is cancelled (waitUntil): others wait for it
 */
export function createResponseCache(
  clock: () => number,
  keepAlive: (promise: Promise<unknown>) => void,
): ResponseCache {
  const memory = createTaggedMemory<Entry>({
    maxEntries: MAX_ENTRIES,
    maxBytes: MAX_TOTAL_BYTES,
    clock,
    release(entry) {
      entry.isKept = false;
      releaseUnused(entry);
    },
  });
  /** What was kept before a purge will be kept again: requests for it can share a build. */
  const purgedKeys = new Set<string>();
  const builds = new Map<string, Build>();

  /** Keeps the answer if it may be, and returns it as clients get it. */
  async function keep(
    request: Request,
    key: string,
    built: Response,
    mark: number,
  ): Promise<Response> {
    const keptSeconds = request.method === 'GET' ? readKeptSeconds(built) : 0;
    const tags = built.headers.get('Cache-Tag');
    if (keptSeconds === 0 || tags === null) return withoutTags(built);
    const body = await readBody(built);
    const fields = [...built.headers].filter(([name]) => name !== 'cache-tag');
    const head = joinFields(fields);
    const entry: Entry = { body, head, storedAtMs: clock(), readers: 0, isKept: true };
    const answer = new Response(openBody(entry), { status: built.status, headers: fields });
    // The client chooses the query, and with it the length of the key.
    const bytes = key.length + body.length;
    memory.store(key, entry, { tags: tags.split(','), bytes, seconds: keptSeconds }, mark);
    return answer;
  }

  return {
    async answer(request, build) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return withoutTags(await build());
      const key = readKey(request.url);
      for (let waits = 0; ; waits++) {
        const known = memory.find(key);
        if (known !== null) return answerFrom(request, known, clock());
        const other = builds.get(key);
        if (other?.mark !== memory.begin() || waits === MAX_WAITS) break;
        if (!(await settleWithin(other.ended, MAX_WAIT_MS))) break;
      }
      const mark = memory.begin();
      if (request.method === 'HEAD' || !purgedKeys.has(key)) {
        return keep(request, key, await build(), mark);
      }
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      builds.set(key, { mark, ended });
      keepAlive(ended);
      try {
        return await keep(request, key, await build(), mark);
      } finally {
        if (builds.get(key)?.ended === ended) builds.delete(key);
        end();
      }
    },

    answerAnew: async (build) => withoutTags(await build()),

    async purge({ tags = [] }) {
      for (const key of memory.purge(tags)) {
        if (purgedKeys.size === MAX_PURGED_KEYS) purgedKeys.clear();
        purgedKeys.add(key);
      }
      return { success: true };
    },
  };
}

/**
 * Reads the whole body. `arrayBuffer()` does not do: the platform keeps its own copy of the body then,
 * until V8 collects the response. With long CRLs, these copies added up to tens of megabytes.
 */
async function readBody(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const length = Number(response.headers.get('Content-Length') ?? 0);
  if (response.body === null || length === 0) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader({ mode: 'byob' });
  const { value } = await reader.readAtLeast(length, new Uint8Array(length));
  await reader.cancel();
  if (value?.length !== length) throw new RangeError('A body is shorter than its Content-Length.');
  return value;
}

function answerFrom(request: Request, entry: Entry, nowMs: number): Promise<Response> {
  // RFC 9111 section 5.1.
  const age = String(Math.max(0, Math.floor((nowMs - entry.storedAtMs) / 1000)));
  const fields = [...splitFields(entry.head), ['age', age] as const];
  return answerConditionally(request, fields, () => openBody(entry));
}

function openBody(entry: Entry): BodyInit {
  const { body, ended } = openContent(entry.body);
  if (ended !== null) void countReader(entry, ended);
  return body;
}

async function countReader(entry: Entry, ended: Promise<void>): Promise<void> {
  entry.readers++;
  await ended;
  entry.readers--;
  releaseUnused(entry);
}

function releaseUnused({ body, readers, isKept }: Entry): void {
  if (readers === 0 && !isKept) releaseBytes(body);
}

/** The fields that every answer has in common. No name or value has a line feed (RFC 9110 section 5.5). */
function joinFields(fields: readonly (readonly [name: string, value: string])[]): string {
  return fields
    .filter(([name]) => name !== 'x-request-id')
    .flat()
    .join('\n');
}

function splitFields(text: string): [name: string, value: string][] {
  const parts = text.split('\n');
  const fields: [name: string, value: string][] = [];
  for (let i = 0; i < parts.length; i += 2) fields.push([parts[i] ?? '', parts[i + 1] ?? '']);
  return fields;
}

/** Path and query: nothing that is kept depends on the host. */
function readKey(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('//') + 2));
}

/** The s-maxage of a complete answer that every client may get; 0 for none. */
function readKeptSeconds({ status, headers }: Response): number {
  const control = headers.get('Cache-Control') ?? '';
  if (status !== 200 || !/\bpublic\b/.test(control)) return 0;
  if (Number(headers.get('Content-Length')) > MAX_ENTRY_BYTES) return 0;
  return Number(/\bs-maxage=(\d+)/.exec(control)?.[1] ?? 0);
}

/** Tags are for the cache, not for clients. */
function withoutTags(response: Response): Response {
  if (!response.headers.has('Cache-Tag')) return response;
  const headers = new Headers(response.headers);
  headers.delete('Cache-Tag');
  return new Response(response.body, { status: response.status, headers });
}
