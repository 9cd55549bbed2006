import { openWorker, type TestWorker } from './worker.ts';

/** Variables of a Worker without a rate limit. */
export const UNTHROTTLED = { CALLS_PER_ACCESS_KEY: undefined };

/** Starts a new isolate, with empty caches, on the same database. */
export function restart({ db }: TestWorker): Promise<TestWorker> {
  return openWorker(UNTHROTTLED, db);
}

/** Counts rows. `sql` is the part of the query after FROM. */
export async function countWhere(
  db: D1Database,
  sql: string,
  ...values: string[]
): Promise<number> {
  const n = await db
    .prepare(`SELECT COUNT(*) AS n FROM ${sql}`)
    .bind(...values)
    .first<number>('n');
  return n ?? -1;
}

/** Returns the first certificate in base64, as the database stores it. */
export function bodyOfPem(pem: string): string {
  const [, body = ''] = /BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem) ?? [];
  return body.replace(/\s/g, '');
}
