import type { MiddlewareHandler } from 'hono';
import { type HttpEnv, isAuthorized } from '../context.ts';

/**
 * Has events delivered soon after a request that may have changed something, besides cron. The answer
 * does not wait for it. OCSP requests are left out: they change nothing, and there are many.
 */
export const deliverEvents: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { method } = c.req.raw;
  if (method === 'GET' || method === 'HEAD' || c.res.status >= 400) return;
  const { pathname } = c.get('url');
  if (isAuthorized(c) || pathname.startsWith('/acme/')) {
    c.get('services').deliverSoon(pathname.startsWith('/api/v1/webhooks'));
  }
};
