import { describe, expect, it } from 'vitest';
import { watchClock } from '../../../scripts/serve/clock-watch.ts';

const START_MS = Date.parse('2026-01-01T00:00:00Z');

function watch() {
  let ranMs = 0;
  let setByMs = 0;
  const read = watchClock(
    () => START_MS + ranMs + setByMs,
    () => ranMs,
  );
  return (afterMs: number, byMs = 0) => {
    ranMs += afterMs;
    setByMs += byMs;
    return read();
  };
}

describe('watchClock', () => {
  it('tells nothing while the clock runs, however late it is asked', () => {
    const read = watch();
    expect(read(5000)).toBeNull();
    expect(read(3_600_000)).toBeNull();
  });

  it('tells once of a clock that was set forward, and once of one that was set back', () => {
    const read = watch();
    expect(read(5000, 7_200_000)).toEqual({
      bySeconds: 7200,
      from: '2026-01-01T00:00:05.000Z',
      to: '2026-01-01T02:00:05.000Z',
    });
    expect(read(5000)).toBeNull();
    expect(read(5000, -7_200_000)).toMatchObject({
      bySeconds: -7200,
      to: '2026-01-01T00:00:15.000Z',
    });
    expect(read(5000)).toBeNull();
  });

  it('does not tell of what NTP corrects by making the clock faster', () => {
    const read = watch();
    for (let check = 0; check < 100; check++) expect(read(5000, 3)).toBeNull();
  });
});
