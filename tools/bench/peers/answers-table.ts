import type { Result } from './measure.ts';
import { formatNumber } from './table.ts';

/** The columns of a table about answers, after the name of the server. */
export const ANSWER_HEADER = [
  ...['Answers/s', 'Answers per CPU second', 'CPU µs/answer', 'p50', 'p99', 'Failures'],
  'CPU of the client',
];

export function toAnswerCells(result: Result): string[] {
  return [
    formatNumber(result.rate),
    formatNumber(toRatePerCpuSecond(result)),
    formatNumber(result.cpuUsPerAnswer),
    `${formatNumber(result.p50Ms)} ms`,
    `${formatNumber(result.p99Ms)} ms`,
    String(result.failures),
    `${Math.round(result.clientShare * 100)} %`,
  ];
}

export function toRatePerCpuSecond({ cpuUsPerAnswer }: Result): number {
  return 1e6 / cpuUsPerAnswer;
}
