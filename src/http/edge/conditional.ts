import { FILL_MARK } from './fill-marks.ts';

/**
 * Answers GET and HEAD with what is known, and with 304 if If-None-Match names it (RFC 9110 section
 * 13.1.2). If-Modified-Since is ignored: two lists can be made within the one second that it can tell
 * apart. POST has no conditions and no caches.
 * @param open called only if the answer has the body
 * @param stored the cache entry whose body is cancelled if the answer has none
 */
export async function answerConditionally(
  request: Request,
  known: Headers,
  open: () => BodyInit | null,
  stored: Response | null = null,
): Promise<Response> {
  const { method } = request;
  if (method === 'POST') {
    const contentType = known.get('Content-Type') ?? 'application/octet-stream';
    return new Response(open(), { headers: { 'Content-Type': contentType } });
  }
  const etag = known.get('ETag');
  const condition = request.headers.get('If-None-Match');
  const isMatch = condition !== null && etag !== null && matchesEtag(condition, etag);
  const headers = new Headers(known);
  headers.delete(FILL_MARK);
  if (!isMatch && method !== 'HEAD') return new Response(open(), { headers });
  // An unread body of a cache entry would keep its connection open.
  await stored?.body?.cancel();
  if (!isMatch) return new Response(null, { headers });
  for (const name of ['Content-Type', 'Content-Length', 'Content-Disposition']) {
    headers.delete(name);
  }
  return new Response(null, { status: 304, headers });
}

/** The weak comparison of RFC 9110 section 8.8.3.2 with a list of entity tags, or `*`. */
function matchesEtag(condition: string, etag: string): boolean {
  if (condition.trim() === '*') return true;
  return [...condition.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === etag);
}
