import { SignetError } from '../../errors.ts';
import type { HttpContext } from '../context.ts';
import { decodeJsonObject, isJsonObject } from '../json.ts';
import { readRequestBody } from '../middleware/read-body.ts';

/** A flattened JWS (RFC 7515 section 7.2.2). */
interface FlattenedJson {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

const JOSE_JSON = /^application\/jose\+json(?:\s*;|\s*$)/i;

/**
 * Reads the body as a flattened JWS (RFC 8555 section 6.2).
 * @throws SignetError unsupported-media-type, request-too-large, malformed-request
 */
export async function readJwsBody(c: HttpContext): Promise<FlattenedJson> {
  if (!JOSE_JSON.test(c.req.raw.headers.get('Content-Type') ?? '')) {
    await c.req.raw.body?.cancel();
    throw new SignetError(
      'unsupported-media-type',
      'Send a JWS with the content type application/jose+json.',
    );
  }
  return readFlattenedJws(decodeJsonObject(await readRequestBody(c)), 'The body');
}

/**
 * Reads a JWS in flattened JSON. An unprotected header is refused, and so is the general form with
 * several signatures.
 * @param what the subject of the message
 * @throws SignetError malformed-request
 */
export function readFlattenedJws(value: unknown, what: string): FlattenedJson {
  const { protected: header, payload, signature, ...others } = isJsonObject(value) ? value : {};
  if (
    typeof header === 'string' &&
    typeof payload === 'string' &&
    typeof signature === 'string' &&
    !Object.hasOwn(others, 'header') &&
    !Object.hasOwn(others, 'signatures')
  ) {
    return { protected: header, payload, signature };
  }
  throw new SignetError(
    'malformed-request',
    `${what} must be a JWS in flattened JSON: 'protected', 'payload' and 'signature', each a string, without 'header' and 'signatures'.`,
  );
}
