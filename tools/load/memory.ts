import { spawnSync } from 'node:child_process';

/** A sample of resident memory. */
export interface MemorySample {
  readonly atSeconds: number;
  readonly mebibytes: number;
}

export interface MemoryTrend {
  /** Medians in MiB; the first is of the minute after the warm-up. */
  readonly warmMinute: number;
  readonly lastMinute: number;
  /** MiB per minute by least squares over the second half of the run. */
  readonly slope: number;
  /** Null if the run was too short. */
  readonly isFlat: boolean | null;
}

/** In the first minutes the heap grows to its limit and the database's cache fills. */
const WARM_UP_SECONDS = 120;
const SHORTEST_SECONDS = 300;
/** Allowed growth from the minute after the warm-up to the last minute, in MiB and as a share. */
const ALLOWANCE = 64;
const ALLOWED_SHARE = 0.25;
/** MiB per minute; at this rate a Worker's limit of 128 MiB lasts an hour. */
const ALLOWED_SLOPE = 2;

const MINUTE_SECONDS = 60;

/** Judges whether memory has stopped growing. @param samples in order, at least one */
export function judgeMemory(samples: readonly MemorySample[]): MemoryTrend {
  const start = samples[0]?.atSeconds ?? 0;
  const end = samples.at(-1)?.atSeconds ?? 0;
  const warmMinute = median(
    samples.filter(({ atSeconds }) => {
      const warmSeconds = atSeconds - start - WARM_UP_SECONDS;
      return warmSeconds >= 0 && warmSeconds <= MINUTE_SECONDS;
    }),
  );
  const lastMinute = median(samples.filter(({ atSeconds }) => end - atSeconds <= MINUTE_SECONDS));
  const middle = (start + end) / 2;
  const slope = fitSlope(samples.filter(({ atSeconds }) => atSeconds >= middle)) * MINUTE_SECONDS;
  const allowed = warmMinute + Math.max(ALLOWANCE, warmMinute * ALLOWED_SHARE);
  const isFlat = lastMinute <= allowed && slope <= ALLOWED_SLOPE;
  return { warmMinute, lastMinute, slope, isFlat: end - start < SHORTEST_SECONDS ? null : isFlat };
}

/** Returns MiB per second; 0 with fewer than two samples. */
function fitSlope(samples: readonly MemorySample[]): number {
  const meanAt = mean(samples.map(({ atSeconds }) => atSeconds));
  const meanMebibytes = mean(samples.map(({ mebibytes }) => mebibytes));
  let products = 0;
  let squares = 0;
  for (const { atSeconds, mebibytes } of samples) {
    products += (atSeconds - meanAt) * (mebibytes - meanMebibytes);
    squares += (atSeconds - meanAt) ** 2;
  }
  return squares === 0 ? 0 : products / squares;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(samples: readonly MemorySample[]): number {
  const sorted = samples.map(({ mebibytes }) => mebibytes).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Returns the process among `pids` that runs workerd. */
export function findWorkerd(pids: readonly number[]): number {
  for (const pid of pids) if (askPs(pid, 'comm').endsWith('workerd')) return pid;
  throw new Error('The server has no workerd process');
}

/** Returns the resident memory of a process in MiB. */
export function readMemory(pid: number): number {
  return Number(askPs(pid, 'rss')) / 1024;
}

function askPs(pid: number, field: 'comm' | 'rss'): string {
  return spawnSync('ps', ['-o', `${field}=`, '-p', String(pid)], {
    encoding: 'utf8',
  }).stdout.trim();
}
