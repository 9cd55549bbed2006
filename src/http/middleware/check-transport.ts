import type { MiddlewareHandler } from 'hono';
import { SignetError } from '../../errors.ts';
import type { HttpContext, HttpEnv } from '../context.ts';

/**
 * Refuses an Authorization header that came over plain HTTP, at any address: the credentials in it
 * are exposed already.
 */
export const checkCredentialsTransport: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (c.req.raw.headers.has('Authorization')) checkTransport(c);
  await next();
};

/** For routes whose credentials are not in the Authorization header. */
export const requireSecureTransport: MiddlewareHandler<HttpEnv> = async (c, next) => {
  checkTransport(c);
  await next();
};

/**
 * Refuses a request that came over plain HTTP from another machine.
 * @throws SignetError insecure-transport
 */
export function checkTransport(c: HttpContext): void {
  const url = c.get('url');
  if (url.protocol === 'https:' || c.get('services').config.allowHttpApi) return;
  if (isFromLoopback(c)) return;
  throw new SignetError(
    'insecure-transport',
    'Credentials must not travel over plain HTTP. Use https, and replace the credentials just sent.',
  );
}

/**
 * Tells whether a request came from this machine. A request without an address crossed no network
 * (a service binding, a test). It counts as local if its host is a loopback name, which no public route
 * can have.
 */
export function isFromLoopback(c: HttpContext): boolean {
  const { remoteAddress } = c.get('requestContext');
  return remoteAddress === null
    ? isLoopbackHost(c.get('url').hostname)
    : isLoopbackAddress(remoteAddress);
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}

function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || isLoopbackAddress(hostname);
}
