import { describe, expect, it } from 'vitest';
import { judgeMemory, type MemorySample } from '../../../tools/load/memory.ts';
import { summarizeLatency } from '../../../tools/load/percentiles.ts';
import { formatLoad, hasFailed, type LoadFigures } from '../../../tools/load/report.ts';
import { countErrors, Tally } from '../../../tools/load/tally.ts';

describe('summarizeLatency', () => {
  it('takes the nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(summarizeLatency(values)).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 });
  });

  it('returns a single value for all ranks, and NaN without values', () => {
    expect(summarizeLatency([7])).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 });
    expect(summarizeLatency([]).max).toBeNaN();
  });
});

/** @param memoryAt MiB at a second */
function sample(seconds: number, memoryAt: (second: number) => number): MemorySample[] {
  return Array.from({ length: seconds / 5 }, (_, index) => ({
    atSeconds: index * 5,
    mebibytes: memoryAt(index * 5),
  }));
}

describe('judgeMemory', () => {
  it('accepts growth that ends after a while', () => {
    const trend = judgeMemory(sample(600, (second) => Math.min(150, 100 + second)));
    expect(trend).toMatchObject({ lastMinute: 150, isFlat: true });
    expect(trend.slope).toBeCloseTo(0);
  });

  it('rejects growth that continues', () => {
    const trend = judgeMemory(sample(600, (second) => 100 + second / 20));
    expect(trend.slope).toBeCloseTo(3);
    expect(trend.isFlat).toBe(false);
  });

  it('rejects much growth, even if it has ended', () => {
    expect(judgeMemory(sample(600, (second) => Math.min(340, 100 + second))).isFlat).toBe(false);
  });

  it('does not judge a short run', () => {
    expect(judgeMemory(sample(120, () => 100)).isFlat).toBeNull();
  });
});

function makeFigures(tally: Tally, changes: Partial<LoadFigures> = {}): LoadFigures {
  return {
    seconds: 10,
    connections: 2,
    operations: tally.summarize(10),
    memory: { warmMinute: 1, lastMinute: 1, slope: 0, isFlat: true },
    certificates: 0,
    revocations: 0,
    lists: 0,
    checks: 0,
    violations: {},
    ...changes,
  };
}

describe('the report of a load', () => {
  const tally = new Tally();
  for (let elapsedMs = 1; elapsedMs <= 20; elapsedMs++) {
    tally.add({ operation: 'issue', status: 201, elapsedMs });
  }
  tally.add({ operation: 'get', status: 404, elapsedMs: 5 });

  it('counts per operation and in total', () => {
    const rows = tally.summarize(10);
    expect(rows.map(({ operation, count, perSecond }) => [operation, count, perSecond])).toEqual([
      ['issue', 20, 2],
      ['get', 1, 0.1],
      ['all', 21, 2.1],
    ]);
    expect(rows.at(-1)?.statuses).toEqual({ 201: 20, 404: 1 });
  });

  it('passes without server errors', () => {
    expect(hasFailed(makeFigures(tally))).toBe(false);
    expect(formatLoad(makeFigures(tally))).toContain('errors (5xx or no response): 0');
  });

  it.each([500, 503, null])('fails for a status of %s', (status) => {
    const failed = new Tally();
    failed.add({ operation: 'issue', status, elapsedMs: 1 });
    expect(failed.summarize(1).map(countErrors)).toEqual([1, 1]);
    expect(hasFailed(makeFigures(failed))).toBe(true);
  });

  it('fails for a wrong response and for growing memory', () => {
    expect(hasFailed(makeFigures(tally, { violations: { wrong: 1 } }))).toBe(true);
    const memory = { warmMinute: 1, lastMinute: 900, slope: 9, isFlat: false };
    expect(hasFailed(makeFigures(tally, { memory }))).toBe(true);
    expect(formatLoad(makeFigures(tally, { memory }))).toContain('NOT FLAT');
  });
});
