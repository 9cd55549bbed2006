import type { Sample } from '../mix/run-mix.ts';
import { type Latency, summarizeLatency } from './percentiles.ts';

export interface OperationFigures {
  readonly operation: string;
  readonly count: number;
  readonly perSecond: number;
  readonly latencyMs: Latency;
  /** Count of each status, and of "none" for missing responses. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Collects the samples of a run. */
export class Tally {
  readonly #latencies = new Map<string, number[]>();
  readonly #statuses = new Map<string, Map<string, number>>();

  add({ operation, status, elapsedMs }: Sample): void {
    const latencies = this.#latencies.get(operation) ?? [];
    const statuses = this.#statuses.get(operation) ?? new Map<string, number>();
    if (status !== null) latencies.push(elapsedMs);
    const key = status === null ? 'none' : String(status);
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    this.#latencies.set(operation, latencies);
    this.#statuses.set(operation, statuses);
  }

  /** Per operation, then of all. */
  summarize(seconds: number): OperationFigures[] {
    const rows = [...this.#latencies].map(([operation, latencies]) =>
      toFigures(operation, latencies, this.#statuses.get(operation) ?? new Map(), seconds),
    );
    const statuses = new Map<string, number>();
    for (const counts of this.#statuses.values()) {
      for (const [status, times] of counts)
        statuses.set(status, (statuses.get(status) ?? 0) + times);
    }
    return [...rows, toFigures('all', [...this.#latencies.values()].flat(), statuses, seconds)];
  }
}

function toFigures(
  operation: string,
  latencies: readonly number[],
  statuses: ReadonlyMap<string, number>,
  seconds: number,
): OperationFigures {
  return {
    operation,
    count: latencies.length,
    perSecond: latencies.length / seconds,
    latencyMs: summarizeLatency(latencies),
    statuses: Object.fromEntries(statuses),
  };
}

/** Counts responses of 500 and above, and missing ones. */
export function countErrors({ statuses }: OperationFigures): number {
  return Object.entries(statuses)
    .filter(([status]) => status === 'none' || Number(status) >= 500)
    .reduce((sum, [, times]) => sum + times, 0);
}
