import type { Judged } from './accepted.ts';
import type { Finding, ToolResult } from './findings.ts';
import { KINDS } from './objects.ts';

/** Formats a row per tool and kind of object: checked, errors, warnings, accepted. */
export function formatTable(
  results: readonly ToolResult[],
  { failures, accepted }: Judged,
): string {
  const rows = KINDS.flatMap((kind) =>
    results.flatMap(({ tool, checked }) => {
      const count = checked.filter((object) => object.kind === kind).length;
      if (count === 0) return [];
      const here = (finding: Finding) => finding.tool === tool && finding.object.kind === kind;
      const bad = failures.filter(here);
      const errors = bad.filter(({ severity }) => severity === 'error').length;
      return [[kind, tool, count, errors, bad.length - errors, accepted.filter(here).length]];
    }),
  );
  const all = [['object', 'tool', 'checked', 'errors', 'warnings', 'accepted'], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...all.map((row) => String(row[column]).length)),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column < 2 ? String(cell).padEnd(width) : String(cell).padStart(width);
        })
        .join('  '),
    )
    .join('\n');
}

export function formatFinding({ tool, object, severity, id, message }: Finding): string {
  return `${severity}: ${tool}: ${object.name}: ${id}: ${message}`;
}
