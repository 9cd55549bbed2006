import { describe, expect, it } from 'vitest';
import { parseSummary } from '../../../../tools/bench/peers/count-syncs.ts';

const SUMMARY = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 90.00    0.031017          67       462           fsync
 10.00    0.003000          60        50         2 fdatasync
------ ----------- ----------- --------- --------- ----------------
100.00    0.034017          66       512         2 total
`;

describe('parseSummary', () => {
  it('adds up the calls of all kinds, with and without errors', () => {
    expect(parseSummary(SUMMARY)).toBe(512);
  });

  it('finds none in the summary of a server that never waits', () => {
    expect(parseSummary('')).toBe(0);
  });
});
