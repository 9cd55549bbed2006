import { openWorker, type TestWorker } from './worker.ts';

/** Variables of a Worker that takes as many calls as the tests make. */
export const UNTHROTTLED = { CALLS_PER_ACCESS_KEY: undefined };

/** Another isolate over the same database: it holds nothing in memory. */
export function restart({ db }: TestWorker): Promise<TestWorker> {
  return openWorker(UNTHROTTLED, db);
}

/** How many rows there are of `sql`: a table with what is to hold of it. */
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

/** The base64 of the first certificate, as the record holds it. */
export function bodyOfPem(pem: string): string {
  const [, body = ''] = /BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem) ?? [];
  return body.replace(/\s/g, '');
}
