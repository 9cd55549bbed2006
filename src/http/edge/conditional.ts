import { FILL_MARK } from './fill-marks.ts';

/** As a Headers object iterates them: with names in lower case. */
export type HeaderFields = Iterable<readonly [name: string, value: string]>;

const MARK_NAME = FILL_MARK.toLowerCase();
const BODY_NAMES: readonly string[] = ['content-type', 'content-length', 'content-disposition'];

/**
 * Answers GET and HEAD with what is known, and with 304 if If-None-Match names it (RFC 9110 section
 * 13.1.2). If-Modified-Since is ignored: two lists can be made within the one second that it can tell
 * apart. POST has no conditions and no caches.
 * @param open called only if the answer has the body
 * @param stored the cache entry whose body is cancelled if the answer has none
 */
export async function answerConditionally(
  request: Request,
  known: HeaderFields,
  open: () => BodyInit | null,
  stored: Response | null = null,
): Promise<Response> {
  const { method } = request;
  // No further Headers objects: each takes 4 KB of native memory until it is collected.
  const fields = [...known].filter(([name]) => name !== MARK_NAME);
  const find = (name: string) => fields.find(([each]) => each === name)?.[1] ?? null;
  if (method === 'POST') {
    const contentType = find('content-type') ?? 'application/octet-stream';
    return new Response(open(), { headers: { 'Content-Type': contentType } });
  }
  const etag = find('etag');
  const condition = request.headers.get('If-None-Match');
  const isMatch = condition !== null && etag !== null && matchesEtag(condition, etag);
  if (!isMatch && method !== 'HEAD') return new Response(open(), { headers: fields });
  // An unread body of a cache entry would keep its connection open.
  await stored?.body?.cancel();
  if (!isMatch) return new Response(null, { headers: fields });
  return new Response(null, {
    status: 304,
    headers: fields.filter(([name]) => !BODY_NAMES.includes(name)),
  });
}

/** The weak comparison of RFC 9110 section 8.8.3.2 with a list of entity tags, or `*`. */
function matchesEtag(condition: string, etag: string): boolean {
  if (condition.trim() === '*') return true;
  return [...condition.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === etag);
}
