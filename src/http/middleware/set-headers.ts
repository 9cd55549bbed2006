import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';

/** Headers of every answer. An answer that sets no Cache-Control is not stored. */
export const setCommonHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Request-Id', c.get('requestId'));
};
