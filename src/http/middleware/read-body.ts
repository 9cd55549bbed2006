import type { MiddlewareHandler } from 'hono';
import { concatBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { HttpContext, HttpEnv } from '../context.ts';

/** Room for the largest CSR in an envelope, in JSON. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Sets the longest body that readRequestBody takes. Nothing is read before the caller is known. */
export function limitBody(maxBytes: number): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    c.set('maxBodyBytes', maxBytes);
    await next();
  };
}

/** Reads the body, up to the limit of the route. Throws as readBody. */
export function readRequestBody(c: HttpContext): Promise<Uint8Array> {
  return readBody(c.req.raw, c.get('maxBodyBytes'));
}

/**
 * Reads the whole body, or an empty one. Stops as soon as it is too long. Hono's bodyLimit does not
 * do: it trusts Content-Length and leaves the rest of a refused body unread.
 * @throws SignetError request-too-large; malformed-request if the client broke off
 */
export async function readBody(request: Request, limit = MAX_BODY_BYTES): Promise<Uint8Array> {
  const declaredLength = request.headers.get('Content-Length');
  if (Number(declaredLength ?? 0) > limit) {
    await request.body?.cancel();
    throw tooLarge(limit);
  }
  if (request.body === null) return new Uint8Array();
  return declaredLength === null ? readCounting(request.body, limit) : readDeclared(request, limit);
}

/** A body of declared length is read at once, which is faster: HTTP ends it at that length. */
async function readDeclared(request: Request, limit: number): Promise<Uint8Array> {
  const body = await request.arrayBuffer().catch(refuseBroken);
  if (body.byteLength > limit) throw tooLarge(limit);
  return new Uint8Array(body);
}

async function readCounting(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(refuseBroken);
    if (done) return concatBytes(...chunks);
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

function refuseBroken(error: unknown): never {
  throw new SignetError('malformed-request', 'The body broke off.', { cause: error });
}

function tooLarge(limit: number): SignetError {
  return new SignetError('request-too-large', `The body is larger than ${limit} bytes.`);
}
