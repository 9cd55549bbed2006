import { SignetError } from '../../errors.ts';

/**
 * Refuses credentials that came over plain http from elsewhere than this machine.
 * @throws SignetError insecure-transport
 */
export function checkTransport(request: Request, url: URL, allowHttpApi: boolean): void {
  if (url.protocol === 'https:' || allowHttpApi || isFromLoopback(request, url)) return;
  throw new SignetError(
    'insecure-transport',
    'Credentials must not travel over plain http: use https, and treat the ones just sent as seen by others.',
  );
}

/**
 * In production the edge always sets CF-Connecting-IP and overwrites what a client sent; a local
 * `wrangler dev` sets it from the socket. It is absent only where no network was crossed (a service
 * binding, a test): then the request counts as local where it was addressed to a loopback name,
 * which no public route can have.
 */
function isFromLoopback(request: Request, url: URL): boolean {
  const address = request.headers.get('CF-Connecting-IP');
  return address === null ? isLoopbackHost(url.hostname) : isLoopbackAddress(address);
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}

function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || isLoopbackAddress(hostname);
}
