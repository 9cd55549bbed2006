import { describe, expect, it } from 'vitest';
import { openContent } from '../../../src/http/edge/content.ts';

async function* count(pieces: number, failAt = Number.NaN) {
  for (let i = 0; i < pieces; i++) {
    if (i === failAt) throw new Error('a piece is gone');
    yield new Uint8Array(1000).fill(i);
  }
}

describe('openContent', () => {
  it('opens the pieces in order, again for each use', async () => {
    const content = { byteLength: 5000, read: () => count(5) };
    for (let i = 0; i < 2; i++) {
      const bytes = new Uint8Array(await new Response(openContent(content).body).arrayBuffer());
      expect(bytes.length).toBe(5000);
      expect(bytes[4999]).toBe(4);
    }
  });

  it('tells when the body was read to its end', async () => {
    const { body, ended } = openContent({ byteLength: 5000, read: () => count(5) });
    let hasEnded = false;
    const noted = ended?.then(() => {
      hasEnded = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(hasEnded).toBe(false);
    await new Response(body).arrayBuffer();
    await noted;
    expect(openContent(new Uint8Array(1)).ended).toBe(null);
  });

  it('does not copy all of long bytes, and tells when they were read', async () => {
    const bytes = new Uint8Array(200_000).fill(7);
    const { body, ended } = openContent(bytes);
    bytes[199_999] = 8;
    expect(new Uint8Array(await new Response(body).arrayBuffer())).toEqual(bytes);
    await ended;
  });

  it('tells that long bytes are not read further', async () => {
    const { body, ended } = openContent(new Uint8Array(100_000));
    await new Response(body).body?.cancel();
    await ended;
  });

  it.each([
    ['a piece cannot be read', 5000, 3],
    ['too few come', 5001, Number.NaN],
    ['too many come', 4999, Number.NaN],
  ])('ends with an error if %s', async (_, byteLength, failAt) => {
    const { body, ended } = openContent({ byteLength, read: () => count(5, failAt) });
    await expect(new Response(body).arrayBuffer()).rejects.toThrow();
    await ended;
  });
});
