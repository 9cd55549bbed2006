import { SignetError } from '../errors.ts';
import type { Principal } from './principal.ts';

export interface RootAccessKey {
  readonly id: string;
  readonly secret: string;
}

/** Stands in where no key is configured, so that the work is the same; its result is never used. */
const NO_KEY: RootAccessKey = { id: '', secret: '' };

/**
 * HTTP Basic (RFC 7617, UTF-8) with the root access key. A wrong id costs the same time as a wrong
 * secret: digests of equal length are compared, without leaving early.
 * @param authorization the Authorization header, or null where there is none
 * @throws SignetError unauthenticated
 */
export async function authenticateBasic(
  authorization: string | null,
  rootAccessKey: RootAccessKey | null,
): Promise<Principal> {
  if (authorization === null) {
    throw refuse('This needs credentials: send the access key with HTTP Basic authentication.');
  }
  const given = decodeCredentials(authorization);
  const { id, secret } = rootAccessKey ?? NO_KEY;
  const [givenDigest, expectedDigest] = await Promise.all([
    digest(given),
    digest(`${id}:${secret}`),
  ]);
  const equal = crypto.subtle.timingSafeEqual(givenDigest, expectedDigest);
  if (!equal || rootAccessKey === null) {
    throw refuse('The access key id or its secret is wrong.');
  }
  return { accountId: 'root', actor: id, scopes: ['*'] };
}

/** The user-id and password of RFC 7617 section 2, still joined by their colon. */
function decodeCredentials(authorization: string): string {
  const match = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization);
  if (match?.[1] === undefined) {
    throw refuse('The Authorization header is not of the form "Basic base64(id:secret)".');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.fromBase64(match[1]),
    );
  } catch {
    throw refuse('The Basic credentials are not base64 of UTF-8 text.');
  }
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
}

function refuse(message: string): SignetError {
  return new SignetError('unauthenticated', message);
}
