import type { RunningServer } from './server.ts';

/** How many rows each table of the server's database has, for seeing that nothing was stored. */
export async function countRows(server: RunningServer): Promise<Record<string, number>> {
  const tables = await server.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name NOT LIKE 'd1_%' ORDER BY name",
  );
  const names = tables.map(({ name }) => String(name));
  if (names.length === 0) throw new Error('the database has no tables');
  const [counts] = await server.query(
    `SELECT ${names.map((name) => `(SELECT COUNT(*) FROM ${name}) AS ${name}`).join(', ')}`,
  );
  return Object.fromEntries(names.map((name) => [name, Number(counts?.[name])]));
}

/** The request lines that the server has logged from the `from`-th line on. */
export function requestLines(server: RunningServer, from = 0): Record<string, unknown>[] {
  return server.logs
    .slice(from)
    .map((line) => JSON.parse(line))
    .filter((line) => typeof line.requestId === 'string');
}
