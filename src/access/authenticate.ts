import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { readBasicCredentials } from './basic.ts';
import { readBearerCredentials } from './bearer.ts';
import type { Credentials } from './credentials.ts';
import type { Identity } from './identity.ts';
import type { AccessKeySecrets } from './secrets.ts';

/**
 * Verifies an access key and its secret, sent by HTTP Basic or Bearer. A wrong id takes as long as a
 * wrong secret: secrets are compared in constant time.
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
  const equal = equalSecrets(encodeUtf8(secret), found.secret);
  const { accountId, root } = found;
  if (!equal || accountId === null) throw refuse('The access key id or its secret is wrong.');
  return { identity: { accessKeyId, accountId, root }, secret: found.secret };
}

const BLOCK_BYTES = 256;

/**
 * Compares secrets in a time that tells nothing about the expected one, not even its length: both are
 * filled up with zeros to a length that the given one decides.
 */
function equalSecrets(given: Uint8Array, expected: Uint8Array): boolean {
  const size = BLOCK_BYTES * Math.ceil((given.length + 1) / BLOCK_BYTES);
  const left = new Uint8Array(size);
  const right = new Uint8Array(size);
  left.set(given);
  right.set(expected.subarray(0, size));
  return crypto.subtle.timingSafeEqual(left, right) && given.length === expected.length;
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
