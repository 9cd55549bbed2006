/** The target of a row. */
export type Aim = { readonly ratioAtLeast: number } | { readonly below: number };

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Relative to the section's baseline. */
  readonly ratio?: number;
  readonly aim?: Aim;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Returns whether a row meets its target; null if it has none. */
export function reachesAim({ value, ratio, aim }: Row): boolean | null {
  if (aim === undefined) return null;
  return 'below' in aim ? value < aim.below : (ratio ?? 0) >= aim.ratioAtLeast;
}

export function formatSection({ title, rows }: Section): string {
  const cells = rows.map((row) => [
    row.name,
    `${formatValue(row.value)} ${row.unit}`,
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    formatAim(row),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((cell) => (cell[column] ?? '').length)),
  );
  const lines = cells.map((cell) =>
    cell
      .map((text, column) =>
        column === 1 || column === 2
          ? text.padStart(widths[column] ?? 0)
          : text.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

function formatValue(value: number): string {
  return value < 100 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
}

function formatAim(row: Row): string {
  const { aim, unit } = row;
  if (aim === undefined) return '';
  const text = 'below' in aim ? `below ${aim.below} ${unit}` : `ratio at least ${aim.ratioAtLeast}`;
  return `aim: ${text}${reachesAim(row) ? '' : ' MISSED'}`;
}
