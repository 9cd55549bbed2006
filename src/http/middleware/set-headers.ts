import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';

/** What is not available now, such as the record, may be at once. */
const RETRY_AFTER_SECONDS = 1;

/** Headers of every answer. An answer that sets no Cache-Control is not stored. */
export const setCommonHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  if (isEmpty(c.req.method, c.res)) headers.set('Content-Encoding', 'identity');
  if (c.res.status === 503 && !headers.has('Retry-After')) {
    headers.set('Retry-After', String(RETRY_AFTER_SECONDS));
  }
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Request-Id', c.get('requestId'));
};

/**
 * Returns whether an answer has no body. A layer that compresses it would send 20 bytes of gzip in
 * chunks, and some clients parse every body that does not have the length 0. With 204 and 304 it would
 * add only `Content-Encoding: gzip`, which caches may store with the body they hold (RFC 9111 section
 * 4.3.4). An answer to HEAD that has a type keeps the header fields of the answer to GET.
 */
function isEmpty(method: string, { body, headers }: Response): boolean {
  return body === null && (method !== 'HEAD' || !headers.has('Content-Type'));
}
