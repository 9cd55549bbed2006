import { expect } from 'vitest';
import { countRows } from '../../store/database.ts';
import type { LiveWorker, Received } from '../live.ts';

/** Expects a problem document with this error type, and what every answer of ACME has. */
export function expectProblem(answer: Received, status: number, type: string): void {
  const { json, headers, text } = answer;
  expect({ status: answer.status, type: json.type }, text).toEqual({
    status,
    type: `urn:ietf:params:acme:error:${type}`,
  });
  expect(json.status).toBe(status);
  expect(String(json.detail).length).toBeGreaterThan(10);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(headers.get('Replay-Nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(headers.get('Link')).toContain('/directory>;rel="index"');
  expect(headers.get('Cache-Control')).toBe('no-store');
}

const TABLES = [
  'acme_accounts',
  'acme_authorizations',
  'acme_eab_keys',
  'acme_orders',
  'certificates',
  'revocations',
] as const;

/**
 * Counts the rows of every table that a request of ACME can write to, but the spent nonces. The first
 * request of all makes the default authority, whose events do not count.
 */
export async function countAcme(live: LiveWorker): Promise<Record<string, number>> {
  const counts = await Promise.all(
    TABLES.map(async (table) => [table, await countRows(live.db, table)] as const),
  );
  const events = await live.db
    .prepare("SELECT COUNT(*) AS rows FROM audit_events WHERE action NOT LIKE 'authority.%'")
    .first<{ rows: number }>();
  return { ...Object.fromEntries(counts), audit_events: events?.rows ?? 0 };
}
