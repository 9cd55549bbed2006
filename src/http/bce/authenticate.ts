import { SignetError } from '../../errors.ts';
import { readBody } from '../middleware/read-body.ts';
import type { Authenticate } from '../route.ts';
import { verifyBceAuthorization } from './authentication/bce-auth-v1.ts';
import { readTarget } from './query.ts';
import { MAX_BODY_BYTES } from './read-request.ts';

/** Who signed the request, by the scheme bce-auth-v1. */
export const authenticateBce: Authenticate = async (c) => {
  const request = c.req.raw;
  const url = c.get('url');
  const services = c.get('services');
  const authorization = request.headers.get('Authorization');
  if (authorization === null) {
    throw new SignetError(
      'unauthenticated',
      'This needs a signature: sign with an access key by bce-auth-v1.',
    );
  }
  const { headers, method } = request;
  return verifyBceAuthorization(
    {
      method,
      ...readTarget(request),
      headers: headers.has('Host') ? headers : withHost(headers, url.host),
      hasBody: request.body !== null && headers.get('Content-Length') !== '0',
      // A copy: the operation still has to read the body.
      readBody: () => readBody(request.clone(), MAX_BODY_BYTES),
    },
    {
      authorization,
      nowSeconds: Math.floor(services.clock() / 1000),
      secrets: services.accessKeySecrets,
    },
  );
};

/** Where no network was crossed there may be no Host. */
function withHost(headers: Headers, host: string): Headers {
  const copy = new Headers(headers);
  copy.set('Host', host);
  return copy;
}
