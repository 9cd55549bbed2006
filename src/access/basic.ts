import { decodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Credentials } from './credentials.ts';

/**
 * Reads HTTP Basic credentials (RFC 7617, UTF-8): the access key's id, a colon, its secret.
 * @param token the text after the scheme's name
 * @throws SignetError unauthenticated
 */
export function readBasicCredentials(token: string): Credentials {
  const text = decode(token);
  const colon = text.indexOf(':');
  if (colon < 0) throw refuse();
  return { accessKeyId: text.slice(0, colon), secret: text.slice(colon + 1) };
}

function decode(token: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(token)) throw refuse();
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(token);
  } catch {
    throw refuse();
  }
  const text = decodeUtf8(bytes);
  if (text === null) throw refuse();
  return text;
}

function refuse(): SignetError {
  return new SignetError(
    'unauthenticated',
    'The Authorization header is not of the form "Basic base64(id:secret)", in UTF-8.',
  );
}
