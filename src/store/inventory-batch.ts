import type { GrantCheck, Principal } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import { prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database, PreparedStatement } from './database.ts';
import { grantValues, readGranted, writeGranted } from './grant.ts';
import type { Row } from './row.ts';

export interface GuardedWrite {
  /** Writes one row if `GRANTED` and its own conditions hold; see `writeValues`. */
  readonly write: PreparedStatement;
  readonly audit: AuditEvent;
  /** Its row tells why nothing was written. No row means that there is nothing to write to. */
  readonly explain: PreparedStatement;
}

export type WriteOutcome =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly reason: Row | undefined };

/** The values that every guarded write binds: the account and its grant. */
export function writeValues(principal: Principal, audit: AuditEvent) {
  return { accountId: principal.accountId, ...grantValues(checkOf(principal, audit)) };
}

/**
 * Runs one write with its audit event, in one batch, under the principal's grant.
 * @throws SignetError record-unavailable, or an error that says why the grant does not hold
 */
export async function commitWrite(
  db: Database,
  principal: Principal,
  { write, audit, explain }: GuardedWrite,
): Promise<WriteOutcome> {
  const [written, , reasons] = await writeGranted(db, checkOf(principal, audit), [
    write,
    prepareEvent(db, audit),
    explain,
  ]);
  return wroteOne(written) ? { isDone: true } : { isDone: false, reason: reasons?.results[0] };
}

/**
 * Reads the rows of one statement under the principal's grant, in one round trip.
 * @throws SignetError record-unavailable, or an error that says why the grant does not hold
 */
export async function readRows(
  db: Database,
  { grant }: Principal,
  nowSeconds: number,
  statement: PreparedStatement,
): Promise<readonly Row[]> {
  const [answer] = await readGranted(db, { grant, nowSeconds }, [statement]);
  return answer?.results ?? [];
}

/** The principal's grant at the time of the event. */
export function checkOf({ grant }: Principal, { atMs }: AuditEvent): GrantCheck {
  return { grant, nowSeconds: Math.floor(atMs / 1000) };
}
