import { SignetError } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/**
 * HTTP Bearer (RFC 6750 section 2.1): the access key's id, a dot, its secret.
 * @param token what stands behind the name of the scheme
 * @param rootAccessKeyId the one id that is chosen freely and may hold dots itself
 * @throws SignetError unauthenticated
 */
export function readBearerCredentials(token: string, rootAccessKeyId: string | null): Credentials {
  const isRoot = rootAccessKeyId !== null && token.startsWith(`${rootAccessKeyId}.`);
  const dot = isRoot ? rootAccessKeyId.length : token.indexOf('.');
  if (dot < 0) {
    throw new SignetError(
      'unauthenticated',
      'The Authorization header is not of the form "Bearer id.secret".',
    );
  }
  return { accessKeyId: token.slice(0, dot), secret: token.slice(dot + 1) };
}
