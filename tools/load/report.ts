import type { MemoryTrend } from './memory.ts';
import { countErrors, type OperationFigures } from './tally.ts';

export interface LoadFigures {
  readonly seconds: number;
  readonly connections: number;
  readonly operations: readonly OperationFigures[];
  readonly memory: MemoryTrend;
  /** Numbers of certificates, revocations and different CRLs at the end. */
  readonly certificates: number;
  readonly revocations: number;
  readonly lists: number;
  readonly checks: number;
  readonly violations: Readonly<Record<string, number>>;
}

/** Returns whether there was no 5xx, no missing or wrong response, and no growth of memory. */
export function hasFailed({ operations, violations, memory }: LoadFigures): boolean {
  return (
    operations.some((figures) => countErrors(figures) > 0) ||
    Object.keys(violations).length > 0 ||
    memory.isFlat === false
  );
}

export function formatLoad(figures: LoadFigures): string {
  const { seconds, connections, operations, memory, violations } = figures;
  const rows = [
    ['', 'count', '/s', 'p50 ms', 'p90', 'p99', 'max', 'statuses'],
    ...operations.map(({ operation, count, perSecond, latencyMs, statuses }) => [
      operation,
      String(count),
      perSecond.toFixed(1),
      ...[latencyMs.p50, latencyMs.p90, latencyMs.p99, latencyMs.max].map((ms) => ms.toFixed(1)),
      Object.entries(statuses)
        .map(([status, times]) => `${status}: ${times}`)
        .join(', '),
    ]),
  ];
  return [
    `${Math.round(seconds)} s, ${connections} connections`,
    ...alignColumns(rows),
    `${figures.certificates} certificates, ${figures.revocations} revocations, ${figures.lists} different CRLs seen`,
    `memory of workerd: ${memory.warmMinute.toFixed(0)} MiB in the third minute, ${memory.lastMinute.toFixed(0)} in the last, ${memory.slope.toFixed(1)} a minute in the second half: ${describeTrend(memory)}`,
    `errors (5xx or no response): ${operations.filter(({ operation }) => operation === 'all').map(countErrors)}`,
    `checks: ${figures.checks}`,
    ...Object.entries(violations).map(([fault, times]) => `VIOLATION, ${times} times: ${fault}`),
  ].join('\n');
}

function describeTrend({ isFlat }: MemoryTrend): string {
  if (isFlat === null) return 'too short to tell';
  return isFlat ? 'flat' : 'NOT FLAT';
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const isText = column === 0 || column === row.length - 1;
        const width = widths[column] ?? 0;
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
