import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shareReads } from '../../src/machine/shared-reads.ts';
import type { SentResult, SentStatement } from '../../src/machine/statements.ts';

const WAIT_MS = 100;

interface Call {
  readonly asked: readonly unknown[];
  /** Answers each statement with what it binds. */
  answer(): void;
  fail(error: Error): void;
}

/** A record whose calls end when the test says so. */
function openShared() {
  const calls: Call[] = [];
  const kept: Promise<unknown>[] = [];
  const read = shareReads(
    () => ({
      batch: (statements) => {
        const { promise, resolve, reject } = Promise.withResolvers<readonly SentResult[]>();
        calls.push({
          asked: statements.map(([, values]) => values[0]),
          answer: () => resolve(statements.map(toResult)),
          fail: reject,
        });
        return promise;
      },
      addPart: () => Promise.reject(new Error('reads are short')),
      runParts: () => Promise.reject(new Error('reads are short')),
    }),
    () => Date.now(),
    (promise) => kept.push(promise),
  );
  return {
    calls,
    kept,
    read: async (value: number) => (await read(['SELECT ?', [value]])).rows[0]?.[0],
  };
}

function toResult([, values]: SentStatement): SentResult {
  return { columns: ['n'], rows: [[values[0]]], changes: 0 };
}

/** Lets everything happen that waits for nothing. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('shareReads', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends a read at once that is alone', async () => {
    const { calls, read } = openShared();
    const answer = read(1);
    expect(calls.map(({ asked }) => asked)).toEqual([[1]]);
    calls[0]?.answer();
    expect(await answer).toBe(1);
    void read(2);
    expect(calls).toHaveLength(2);
  });

  it('sends reads together that arrived during a call, and answers each with its own result', async () => {
    const { calls, read } = openShared();
    const answers = [1, 2, 3, 4].map(read);
    await settle();
    expect(calls.map(({ asked }) => asked)).toEqual([[1]]);
    calls[0]?.answer();
    await settle();
    expect(calls.map(({ asked }) => asked)).toEqual([[1], [2, 3, 4]]);
    const later = [5, 6].map(read);
    calls[1]?.answer();
    await settle();
    expect(calls.map(({ asked }) => asked)).toEqual([[1], [2, 3, 4], [5, 6]]);
    calls[2]?.answer();
    expect(await Promise.all([...answers, ...later])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('sends at most twelve together', async () => {
    const { calls, read } = openShared();
    const answers = Array.from({ length: 26 }, (_, i) => read(i));
    for (let i = 0; i < 4; i++) {
      await settle();
      calls[i]?.answer();
    }
    expect(await Promise.all(answers)).toEqual(answers.map((_, i) => i));
    expect(calls.map(({ asked }) => asked.length)).toEqual([1, 12, 12, 1]);
  });

  it('fails the reads of a call that fails, and no others', async () => {
    const { calls, read } = openShared();
    const first = read(1);
    const second = Promise.allSettled([read(2), read(3)]);
    calls[0]?.answer();
    await settle();
    const third = read(4);
    calls[1]?.fail(new Error('the process is gone'));
    await settle();
    calls[2]?.answer();
    expect(await first).toBe(1);
    expect((await second).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await third).toBe(4);
  });

  it('goes on after a failed call', async () => {
    const { calls, read } = openShared();
    const first = Promise.allSettled([read(1)]);
    const second = read(2);
    calls[0]?.fail(new Error('the process is gone'));
    await settle();
    calls[1]?.answer();
    expect(await first).toEqual([expect.objectContaining({ status: 'rejected' })]);
    expect(await second).toBe(2);
  });

  it('keeps each request alive until its read has ended, also if it fails', async () => {
    const { calls, kept, read } = openShared();
    const answers = Promise.allSettled([1, 2, 3].map(read));
    expect(kept).toHaveLength(3);
    const ended = Promise.all(kept);
    calls[0]?.answer();
    await settle();
    calls[1]?.fail(new Error('the process is gone'));
    await answers;
    expect(await ended).toHaveLength(3);
  });

  it('does not wait for a call that does not end after the clock was set back', async () => {
    const { calls, read } = openShared();
    void read(1);
    vi.setSystemTime(Date.now() - 3_600_000);
    const after = read(2);
    await settle();
    calls[1]?.answer();
    await settle();
    expect(await after).toBe(2);
  });

  it('waits no longer for a call that does not end', async () => {
    const { calls, read } = openShared();
    void read(1);
    const waited = [read(2), read(3)];
    await vi.advanceTimersByTimeAsync(WAIT_MS);
    // One of them takes the turn of the first call, and the other one goes by itself.
    for (let i = 1; i < 3; i++) {
      await settle();
      calls[i]?.answer();
    }
    expect(await Promise.all(waited)).toEqual([2, 3]);
    const after = read(4);
    await settle();
    calls.at(-1)?.answer();
    expect(await after).toBe(4);
  });
});
