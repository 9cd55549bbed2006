import { SignetError } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/**
 * Reads HTTP Bearer credentials (RFC 6750 section 2.1): the access key's id, a dot, its secret.
 * @param token the text after the scheme's name
 * @param rootAccessKeyId the only id that the operator chooses, so it may contain dots
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
