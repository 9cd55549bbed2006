import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { readBasicCredentials } from './basic.ts';
import { readBearerCredentials } from './bearer.ts';
import type { Credentials } from './credentials.ts';
import type { Identity } from './identity.ts';
import type { AccessKeySecrets } from './secrets.ts';

/**
 * Verifies an access key and its secret, sent by HTTP Basic or Bearer. A wrong id takes as long as a
 * wrong secret: digests of equal length are compared in constant time.
 * @param authorization the Authorization header, or null if there is none
 * @throws SignetError unauthenticated, record-unavailable, sealing-unavailable
 */
export async function authenticateSecret(
  authorization: string | null,
  secrets: AccessKeySecrets,
): Promise<Identity> {
  if (authorization === null) {
    throw refuse('This needs credentials: send an access key by HTTP Basic or as a Bearer token.');
  }
  const credentials = readCredentials(authorization, secrets.rootAccessKeyId);
  return (await verifySecret(credentials, secrets)).identity;
}

/**
 * Verifies the secret of an access key, as authenticateSecret does.
 * @returns the secret as well, for what has to end with it
 * @throws SignetError unauthenticated, record-unavailable, sealing-unavailable
 */
export async function verifySecret(
  { accessKeyId, secret }: Credentials,
  secrets: AccessKeySecrets,
): Promise<{ readonly identity: Identity; readonly secret: Uint8Array }> {
  const found = await secrets.findSecret(accessKeyId);
  const [given, expected] = await Promise.all([
    crypto.subtle.digest('SHA-256', encodeUtf8(secret)),
    crypto.subtle.digest('SHA-256', found.secret),
  ]);
  const equal = crypto.subtle.timingSafeEqual(given, expected);
  const { accountId, root } = found;
  if (!equal || accountId === null) throw refuse('The access key id or its secret is wrong.');
  return { identity: { accessKeyId, accountId, root }, secret: found.secret };
}

/** The scheme's name is case-insensitive (RFC 9110 section 11.1). */
function readCredentials(authorization: string, rootAccessKeyId: string | null): Credentials {
  const [, scheme = '', token = ''] = /^([A-Za-z]+) +(\S+) *$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return readBasicCredentials(token);
    case 'bearer':
      return readBearerCredentials(token, rootAccessKeyId);
    default:
      throw refuse(
        'The Authorization header must be "Basic base64(id:secret)" or "Bearer id.secret".',
      );
  }
}

function refuse(message: string): SignetError {
  return new SignetError('unauthenticated', message);
}
