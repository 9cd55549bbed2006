import { SignetError } from '../../errors.ts';

/**
 * Refuses a state-changing request that a browser sends on behalf of another site. Browsers set
 * Sec-Fetch-Site and Origin themselves; other clients send neither and are not affected.
 * @throws SignetError cross-site-request
 */
export function checkSite(request: Request, url: URL, publicUrl: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const site = request.headers.get('Sec-Fetch-Site');
  const origin = request.headers.get('Origin');
  const foreignSite = site !== null && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== null && origin !== url.origin && origin !== publicUrl;
  if (foreignSite || foreignOrigin) {
    throw new SignetError(
      'cross-site-request',
      'A page of another site sent this request: call the API from its own origin or without a browser.',
    );
  }
}
