import type { Severity } from '../findings.ts';

/** A finding without its object. */
export interface LintFinding {
  readonly severity: Severity;
  readonly id: string;
  readonly message: string;
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  FATAL: 'error',
  ERROR: 'error',
  WARNING: 'warning',
  NOTICE: 'notice',
};

interface Report {
  readonly results: readonly {
    readonly node_path: string;
    readonly finding_descriptions: readonly {
      readonly severity: string;
      readonly code: string;
      readonly message?: string | null;
    }[];
  }[];
}

/** Parses the output of lint-files.py for one file. A file that cannot be read counts as an error. */
export function parsePkilintLine(line: string): LintFinding[] {
  const { out, err }: { readonly out: string; readonly err: string } = JSON.parse(line);
  if (out.trim() === '') {
    return [{ severity: 'error', id: 'unreadable', message: err.trim().replaceAll('\n', ' ') }];
  }
  const report: Report = JSON.parse(out);
  return report.results.flatMap((result) =>
    result.finding_descriptions.map(({ severity, code, message }) => ({
      // An unknown severity counts, so that a renamed one is not missed.
      severity: SEVERITIES[severity] ?? 'error',
      id: code,
      message: `${message ?? ''} (${result.node_path})`.trim(),
    })),
  );
}
