import { describe, expect, it } from 'vitest';
import { isWithin, LATE, settleWithin, waitAtMost, waitShared } from '../src/wait.ts';

const LONG_MS = 60_000;
const never = new Promise<never>(() => {});

describe('waitAtMost', () => {
  it('gives what the promise gives', async () => {
    expect(await waitAtMost(Promise.resolve(7), LONG_MS)).toBe(7);
  });

  it('throws what the promise is rejected with', async () => {
    await expect(waitAtMost(Promise.reject(new Error('no')), LONG_MS)).rejects.toThrow('no');
  });

  it('gives LATE once the time is over', async () => {
    expect(await waitAtMost(never, 1)).toBe(LATE);
  });
});

describe('settleWithin', () => {
  it('is true for a promise that is kept, and for one that is rejected', async () => {
    expect(await settleWithin(Promise.resolve(), LONG_MS)).toBe(true);
    expect(await settleWithin(Promise.reject(new Error('no')), LONG_MS)).toBe(true);
  });

  it('is false once the time is over', async () => {
    expect(await settleWithin(never, 1)).toBe(false);
  });
});

describe('waitShared', () => {
  it('gives what the promise gives, and throws what it is rejected with', async () => {
    expect(await waitShared(Promise.resolve(7), LONG_MS)).toBe(7);
    await expect(waitShared(Promise.reject(new Error('no')), LONG_MS)).rejects.toThrow('no');
  });

  it('says that the record is unavailable once the time is over', async () => {
    await expect(waitShared(never, 1)).rejects.toMatchObject({ code: 'record-unavailable' });
  });
});

describe('isWithin', () => {
  it.each([
    [1000, 1000, true],
    [1000, 1099, true],
    [1000, 1100, false],
    [1000, 999, false],
    [null, 1000, false],
  ])('of what began at %s, at %s, is %s', (beganAtMs, nowMs, expected) => {
    expect(isWithin(beganAtMs, 100, nowMs)).toBe(expected);
  });
});
