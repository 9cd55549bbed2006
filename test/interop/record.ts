import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from './server.ts';

const LINE_TIMEOUT_MS = 10_000;

/** Counts the rows of each table, to show that nothing was stored. */
export async function countRows(server: RunningServer): Promise<Record<string, unknown>> {
  const [counts] = await server.query(await countingSql(server));
  return counts ?? {};
}

const countingSqlByServer = new WeakMap<RunningServer, string>();

async function countingSql(server: RunningServer): Promise<string> {
  const known = countingSqlByServer.get(server);
  if (known !== undefined) return known;
  const tables = await server.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  );
  if (tables.length === 0) throw new Error('the database has no tables');
  const counts = tables.map(({ name }) => `(SELECT COUNT(*) FROM ${name}) AS ${name}`);
  const sql = `SELECT ${counts.join(', ')}`;
  countingSqlByServer.set(server, sql);
  return sql;
}

/** Waits for a log line after the `from`-th; lines arrive shortly after the response. */
export async function waitForLine(server: RunningServer, from: number): Promise<void> {
  const deadlineMs = Date.now() + LINE_TIMEOUT_MS;
  while (server.logs.length <= from && Date.now() < deadlineMs) await sleep(2);
}

/** Returns the request lines of the log from the `from`-th line on. */
export function requestLines(server: RunningServer, from = 0): Record<string, unknown>[] {
  return server.logs
    .slice(from)
    .map((line) => JSON.parse(line))
    .filter((line) => typeof line.requestId === 'string');
}
