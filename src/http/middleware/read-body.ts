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
  const body =
    declaredLength === null ? readCounting(request.body, limit) : readDeclared(request, limit);
  return waitForBody(body);
}

/** A request that waits for its body takes 15 KB, of the 128 MB of an isolate. */
const MAX_WAITING = 1000;

/** The requests whose bodies have not come yet, the oldest first. Each function gives its request up. */
const waiting = new Set<() => void>();

/**
 * Gives up the oldest request if too many wait: clients that send bodies slowly, or not at all, must not
 * use up the memory. The body of any other client is there in a moment.
 */
async function waitForBody(body: Promise<Uint8Array>): Promise<Uint8Array> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new SignetError('malformed-request', 'The body took too long.'));
  waiting.add(giveUp);
  if (waiting.size > MAX_WAITING) {
    const [oldest = giveUp] = waiting;
    waiting.delete(oldest);
    oldest();
  }
  try {
    return await Promise.race([body, givenUp]);
  } finally {
    waiting.delete(giveUp);
  }
}

/** A body of declared length is read at once, which is faster: HTTP ends it at that length. */
async function readDeclared(request: Request, limit: number): Promise<Uint8Array> {
  const body = await request.arrayBuffer().catch(refuseBroken);
  if (body.byteLength > limit) throw tooLarge(limit);
  return new Uint8Array(body);
}

/** Fewer bytes than this are read only at the end. */
const PIECE_BYTES = 4096;

/**
 * Reads pieces of a fixed length, however short the client's chunks are. Each read of another kind takes
 * 4 KB, also for a single byte, until the body is complete.
 */
async function readCounting(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = body.getReader({ mode: 'byob' });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader
      .readAtLeast(PIECE_BYTES, new Uint8Array(PIECE_BYTES))
      .catch(refuseBroken);
    if (value !== undefined) {
      length += value.length;
      pieces.push(value);
    }
    if (length > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    if (done || value === undefined) return concatBytes(...pieces);
  }
}

function refuseBroken(error: unknown): never {
  throw new SignetError('malformed-request', 'The body broke off.', { cause: error });
}

function tooLarge(limit: number): SignetError {
  return new SignetError('request-too-large', `The body is larger than ${limit} bytes.`);
}
