/** What is measured, as a table that can be copied into a Markdown file. */
export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes?: readonly string[];
}

export function formatTable({ title, header, rows, notes = [] }: Table): string {
  const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map(() => '---');
  const lines = [`## ${title}`, ...[header, rule, ...rows].map(toLine)];
  return [...lines, ...notes.map((note) => `\n${note}`)].join('\n');
}

/** Rounds to a number that is easy to read. */
export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
