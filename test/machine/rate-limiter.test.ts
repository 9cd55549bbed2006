import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../src/machine/rate-limiter.ts';

describe('createRateLimiter', () => {
  it('counts each key, until the period ends', async () => {
    let nowMs = 100_000;
    const { limit } = createRateLimiter({ limit: 2, periodSeconds: 10 }, () => nowMs);
    const ask = async (key: string) => (await limit({ key })).success;
    expect([await ask('a'), await ask('a'), await ask('a'), await ask('b')]).toEqual([
      ...[true, true, false, true],
    ]);
    nowMs += 10_000;
    expect(await ask('a')).toBe(true);
  });
});
