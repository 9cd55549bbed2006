import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';

/** Headers of every answer. An answer that sets no Cache-Control is not stored. */
export const setCommonHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  if (isEmpty(c.req.method, c.res)) headers.set('Content-Encoding', 'identity');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Request-Id', c.get('requestId'));
};

/**
 * Whether an answer has no body although its kind may have one. A layer that compresses it would send
 * 20 bytes of gzip in chunks, and some clients parse every body that does not have the length 0.
 */
function isEmpty(method: string, { body, status }: Response): boolean {
  return body === null && method !== 'HEAD' && status !== 204 && status !== 304;
}
