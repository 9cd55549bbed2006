import { SignetError } from '../../errors.ts';
import { readBody } from '../middleware/read-body.ts';
import type { Authenticate } from '../route.ts';
import { verifyBceAuthorization } from './authentication/bce-auth-v1.ts';
import { readTarget } from './query.ts';

/** Verifies the signature bce-auth-v1 of a request. */
export const authenticateBce: Authenticate = async (c) => {
  const request = c.req.raw;
  const { clock, accessKeySecrets } = c.get('services');
  const authorization = request.headers.get('Authorization');
  if (authorization === null) {
    throw new SignetError(
      'unauthenticated',
      'The request is not signed. Sign it with an access key by bce-auth-v1.',
    );
  }
  const { headers, method } = request;
  return verifyBceAuthorization(
    {
      method,
      ...readTarget(request),
      headers: headers.has('Host') ? headers : withHost(headers, c.get('url').host),
      hasBody: request.body !== null && headers.get('Content-Length') !== '0',
      // A clone, because the handler reads the body too.
      readBody: () => readBody(request.clone(), c.get('maxBodyBytes')),
    },
    {
      authorization,
      nowSeconds: Math.floor(clock() / 1000),
      secrets: accessKeySecrets,
    },
  );
};

/** A request that crossed no network may have no Host. */
function withHost(headers: Headers, host: string): Headers {
  const copy = new Headers(headers);
  copy.set('Host', host);
  return copy;
}
