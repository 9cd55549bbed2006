import { describe, expect, it } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import { readBody } from '../../../src/http/middleware/read-body.ts';

const LIMIT = 10;

/** A request whose body comes in these pieces, then ends with an error if `broken` is true. */
function chunked(pieces: readonly string[], broken = false): Request {
  const body = new ReadableStream({
    type: 'bytes',
    start(controller: ReadableByteStreamController) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      if (broken) controller.error(new Error('connection lost'));
      else controller.close();
    },
  });
  return new Request('https://ca.test/', { method: 'POST', body });
}

function declared(request: Request, length: string): Request {
  const headers = new Headers(request.headers);
  headers.set('Content-Length', length);
  return new Request(request, { headers });
}

async function outcomeOf(request: Request): Promise<string> {
  try {
    return new TextDecoder().decode(await readBody(request, LIMIT));
  } catch (error) {
    if (error instanceof SignetError) return error.code;
    throw error;
  }
}

describe('readBody', () => {
  it('returns nothing without a body', async () => {
    expect(await outcomeOf(new Request('https://ca.test/', { method: 'POST' }))).toBe('');
  });

  it.each([
    ['of unknown length', () => chunked(['hello', 'world'])],
    ['of declared length', () => declared(chunked(['hello', 'world']), '10')],
    ['of a length that is no number', () => declared(chunked(['hello', 'world']), 'ten')],
  ])('reads a body %s up to the limit', async (_name, make) => {
    expect(await outcomeOf(make())).toBe('helloworld');
  });

  it.each([
    ['of unknown length', () => chunked(['hello', 'world', '!'])],
    ['of declared length', () => declared(chunked(['hello', 'world', '!']), '11')],
    ['that declares less than it has', () => declared(chunked(['hello', 'world', '!']), '3')],
    ['that declares more than it has', () => declared(chunked(['hello']), '11')],
  ])('refuses a body over the limit, %s', async (_name, make) => {
    expect(await outcomeOf(make())).toBe('request-too-large');
  });

  it.each([
    ['of unknown length', () => chunked(['hello'], true)],
    ['of declared length', () => declared(chunked(['hello'], true), '10')],
  ])('refuses an interrupted body, %s', async (_name, make) => {
    expect(await outcomeOf(make())).toBe('malformed-request');
  });

  it('gives up the oldest requests if more than 1000 wait for their bodies', async () => {
    const ends: (() => void)[] = [];
    const outcomes: string[] = [];
    const pending = Array.from({ length: 1003 }, async (_, i) => {
      const body = new ReadableStream({
        type: 'bytes',
        start(controller: ReadableByteStreamController) {
          ends.push(() => {
            controller.enqueue(new TextEncoder().encode('late'));
            controller.close();
          });
        },
      });
      outcomes[i] = await outcomeOf(new Request('https://ca.test/', { method: 'POST', body }));
    });
    await Promise.all(pending.slice(0, 3));
    expect(await outcomeOf(chunked(['hello']))).toBe('hello');
    for (const end of ends) end();
    await Promise.all(pending);
    const late = Array.from({ length: 999 }, () => 'late');
    expect(outcomes).toEqual([...Array(4).fill('malformed-request'), ...late]);
  });
});
