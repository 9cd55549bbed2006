import { describe, expect, it } from 'vitest';
import { type AcmeNonces, createAcmeNonces, NONCE_PURPOSE } from '../../src/acme/nonces.ts';
import { createMac } from '../../src/keys/mac.ts';

const KEY = new Uint8Array(32).fill(1);
const OTHER_KEY = new Uint8Array(32).fill(2);
const START_MS = Date.UTC(2026, 10, 26, 8);

function open(keys: readonly (readonly [number, Uint8Array])[], nowMs = START_MS): AcmeNonces {
  return createAcmeNonces({
    mac: createMac(new Map(keys), NONCE_PURPOSE),
    clock: () => nowMs,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  });
}

const REFUSED = { code: 'bad-nonce', message: 'JWS has an invalid anti-replay nonce' };

describe('a nonce', () => {
  it('is new each time, in the characters of base64url', async () => {
    const nonces = open([[1, KEY]]);
    const made = await Promise.all(Array.from({ length: 50 }, () => nonces.make()));
    expect(new Set(made).size).toBe(50);
    for (const nonce of made) expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('is accepted by every isolate for half an hour', async () => {
    const nonce = await open([[1, KEY]]).make();
    const checkAfter = (ms: number) => open([[1, KEY]], START_MS + ms).check(nonce);
    await checkAfter(0);
    await checkAfter(30 * 60_000 - 1000);
    await expect(checkAfter(30 * 60_000)).rejects.toMatchObject(REFUSED);
    await expect(checkAfter(365 * 86_400_000)).rejects.toMatchObject(REFUSED);
    await checkAfter(-60_000);
    await expect(checkAfter(-30 * 60_000)).rejects.toMatchObject(REFUSED);
  });

  it('is accepted while its sealing key is configured', async () => {
    const nonce = await open([[1, KEY]]).make();
    const both = open([
      [1, KEY],
      [2, OTHER_KEY],
    ]);
    await both.check(nonce);
    const newer = await both.make();
    await open([[2, OTHER_KEY]]).check(newer);
    await expect(open([[1, KEY]]).check(newer)).rejects.toMatchObject(REFUSED);
    await expect(open([[2, OTHER_KEY]]).check(nonce)).rejects.toMatchObject(REFUSED);
  });

  it('is refused if any bit was changed', async () => {
    const nonces = open([[1, KEY]]);
    const bytes = Uint8Array.fromBase64(await nonces.make(), { alphabet: 'base64url' });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = changed.toBase64({ alphabet: 'base64url', omitPadding: true });
      await expect(nonces.check(text)).rejects.toMatchObject(REFUSED);
    }
  });

  it('is refused if it was made for another purpose', async () => {
    const nonces = createAcmeNonces({
      mac: createMac(new Map([[1, KEY]]), 'another-purpose'),
      clock: () => START_MS,
      randomBytes: (length) => new Uint8Array(length),
    });
    await expect(open([[1, KEY]]).check(await nonces.make())).rejects.toMatchObject(REFUSED);
  });

  it('cannot be made without a sealing key', async () => {
    await expect(open([]).make()).rejects.toMatchObject({ code: 'sealing-unavailable' });
    await expect(open([]).check('A'.repeat(43))).rejects.toMatchObject(REFUSED);
  });
});
