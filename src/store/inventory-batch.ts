import type { GrantCheck, Principal } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { grantParameters, readGranted, writeGranted } from './grant.ts';
import type { Row } from './row.ts';

type Value = string | number | null;

export interface GuardedWrite {
  /** Takes the grant's parameters first and writes one row only where they allow it. */
  readonly sql: string;
  /** From ?5 on. */
  readonly values: readonly Value[];
  readonly audit: AuditEvent;
  /** Its row tells why nothing was written; no row means that there is nothing to write to. */
  readonly explain: D1PreparedStatement;
}

export type WriteOutcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly reason: Row | undefined };

/**
 * One write with its audit event, in one batch, under the principal's grant.
 * @throws SignetError record-unavailable, and what the grant lacks
 */
export async function commitWrite(
  db: D1Database,
  principal: Principal,
  { sql, values, audit, explain }: GuardedWrite,
): Promise<WriteOutcome> {
  const check = checkAt(principal, Math.floor(audit.atMs / 1000));
  const [written, , reasons] = await writeGranted(db, check, [
    db.prepare(sql).bind(...grantParameters(check), ...values),
    db.prepare(INSERT_EVENT_AFTER_CHANGE).bind(...eventParameters(audit)),
    explain,
  ]);
  return wroteOne(written) ? { isDone: true } : { isDone: false, reason: reasons?.results[0] };
}

/**
 * The rows of one statement, where the principal's grant allows it at that very moment.
 * @throws SignetError record-unavailable, and what the grant lacks
 */
export async function readRows(
  db: D1Database,
  principal: Principal,
  nowSeconds: number,
  statement: D1PreparedStatement,
): Promise<readonly Row[]> {
  const [answer] = await readGranted(db, checkAt(principal, nowSeconds), [statement]);
  return answer?.results ?? [];
}

export function checkAt({ grant }: Principal, nowSeconds: number): GrantCheck {
  return { grant, nowSeconds };
}
