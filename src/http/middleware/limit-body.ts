import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';

/** Sets the longest body that readRequestBody takes. Nothing is read before the caller is known. */
export function limitBody(maxBytes: number): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('maxBodyBytes', maxBytes);
    await next();
  };
}
