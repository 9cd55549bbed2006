import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logFailedConnections } from '../../../scripts/serve/failed-connections.ts';

describe('logFailedConnections', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('logs five of a minute, and how many followed', () => {
    const logged: unknown[] = [];
    const note = logFailedConnections({
      isFile: true,
      write: (level, message, details) => logged.push([level, message, details?.more]),
      copy: () => {},
    });
    for (let i = 1; i <= 1000; i++) note(`no. ${i}`);
    expect(logged).toEqual(
      [1, 2, 3, 4, 5].map((i) => ['info', `A connection failed: no. ${i}`, undefined]),
    );
    logged.length = 0;
    vi.advanceTimersByTime(60_000);
    expect(logged).toEqual([['warn', 'More connections failed within a minute.', 995]]);
    logged.length = 0;
    note('a later one');
    vi.advanceTimersByTime(120_000);
    expect(logged).toEqual([['info', 'A connection failed: a later one', undefined]]);
  });
});
