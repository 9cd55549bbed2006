import type { Severity } from '../findings.ts';
import type { LintFinding } from './pkilint-output.ts';

const SEVERITIES: Readonly<Record<string, Severity | null>> = {
  pass: null,
  NA: null,
  NE: null,
  info: 'notice',
  warn: 'warning',
  error: 'error',
  fatal: 'error',
};

type Report = Readonly<Record<string, { readonly result: string; readonly details?: string }>>;

/** Parses the output of zlint for one file: an object of results by lint name. */
export function parseZlintLine(line: string): LintFinding[] {
  const report: Report = JSON.parse(line);
  const lints = Object.entries(report);
  if (lints.length === 0) return [{ severity: 'error', id: 'empty', message: 'no lint was run' }];
  return lints.flatMap(([id, { result, details = '' }]) => {
    const severity = Object.hasOwn(SEVERITIES, result) ? (SEVERITIES[result] ?? null) : 'error';
    return severity === null ? [] : [{ severity, id, message: details }];
  });
}
