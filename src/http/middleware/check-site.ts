import type { MiddlewareHandler } from 'hono';
import { SignetError } from '../../errors.ts';
import type { HttpEnv } from '../context.ts';

/**
 * Refuses a state-changing request that a browser sends on behalf of another site. Browsers set
 * Sec-Fetch-Site and Origin themselves. Other clients send neither and are not affected.
 */
export const checkSite: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { headers } = c.req.raw;
  const site = headers.get('Sec-Fetch-Site');
  const origin = headers.get('Origin');
  const isForeignSite = site !== null && site !== 'same-origin' && site !== 'none';
  const isForeignOrigin =
    origin !== null &&
    origin !== c.get('url').origin &&
    origin !== c.get('services').config.publicUrl;
  if (isForeignSite || isForeignOrigin) {
    throw new SignetError(
      'cross-site-request',
      'A page of another site sent this request. Call the API from its own origin or without a browser.',
    );
  }
  await next();
};
