import { concatBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';

/** Room for the largest CSR in an envelope, in JSON. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * The whole body, or an empty one. Reading stops as soon as it is too long.
 * @throws SignetError request-too-large; malformed-request where the client broke off
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

/** HTTP ends a body where its declared length does, so it can be taken at once, which costs less. */
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
