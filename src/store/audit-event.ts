import type { AuditEvent } from '../audit/event.ts';
import type { Database, PreparedStatement } from './database.ts';
import { sql, type Values } from './sql.ts';

/**
 * The INSERT of audit events, one for each row of `tail`, for the batch of the operation
 * that the events record.
 * @param tail FROM and WHERE clauses
 * @param authorityId the SQL expression of the event's authority, ':eventAuthorityId' for its own
 * @param target the SQL expression of the event's target, ':eventTarget' for its own
 */
export function insertEventsSql<
  const Tail extends string,
  const AuthorityId extends string,
  const Target extends string,
>(tail: Tail, authorityId: AuthorityId, target: Target) {
  return `INSERT INTO audit_events
  (at_ms, account_id, actor, action, outcome, authority_id, target, detail, request_id,
   remote_address, country)
SELECT :eventAtMs, :eventAccountId, :eventActor, :eventAction, :eventOutcome, ${authorityId},
  ${target}, :eventDetail, :eventRequestId, :eventRemoteAddress, :eventCountry
${tail}` as const;
}

/** The INSERT of one audit event if the condition holds. */
export function insertEventIfSql<const Condition extends string>(condition: Condition) {
  return insertEventsSql(`WHERE ${condition}`, ':eventAuthorityId', ':eventTarget');
}

/** How many refusals of one actor are recorded within an hour. The log has all of them. */
const MAX_REFUSALS = 100;
const REFUSALS_MS = 3_600_000;

/**
 * The INSERT of one refusal if the condition holds and the actor has not caused too many lately. Every
 * refusal is recorded by it, so that no caller can fill the record. What a clock that was ahead has
 * recorded does not count.
 */
export function insertRefusalIfSql<const Condition extends string>(condition: Condition) {
  return insertEventIfSql(`${condition} AND (
  SELECT COUNT(*) FROM audit_events AS former
  WHERE former.actor = :eventActor AND former.outcome = 'refused'
    AND former.at_ms > :eventAtMs - ${REFUSALS_MS}
    AND former.at_ms < :eventAtMs + ${REFUSALS_MS}) < ${MAX_REFUSALS}`);
}

/** The INSERT of one audit event, depending on how many rows the statement before it wrote. */
export const AUDIT_EVENT_SQL = {
  afterOneChange: sql(insertEventIfSql('changes() = 1')),
  refusalAfterOneChange: sql(insertRefusalIfSql('changes() = 1')),
  afterChanges: sql(insertEventIfSql('changes() > 0')),
  always: sql(insertEventIfSql('true')),
} as const;

/** Records an event if the statement before it in the batch wrote one row. */
export function prepareEvent(db: Database, event: AuditEvent): PreparedStatement {
  return AUDIT_EVENT_SQL.afterOneChange.prepare(db, eventValues(event));
}

/** Records a refusal if the statement before it in the batch wrote one row. */
export function prepareRefusal(db: Database, event: AuditEvent): PreparedStatement {
  return AUDIT_EVENT_SQL.refusalAfterOneChange.prepare(db, eventValues(event));
}

/** The values of an event's parameters. */
export function eventValues(event: AuditEvent) {
  return {
    eventAtMs: event.atMs,
    eventAccountId: event.accountId,
    eventActor: event.actor,
    eventAction: event.action,
    eventOutcome: event.outcome,
    eventAuthorityId: event.authorityId,
    eventTarget: event.target,
    eventDetail: JSON.stringify(event.detail),
    eventRequestId: event.request.requestId,
    eventRemoteAddress: event.request.remoteAddress,
    eventCountry: event.request.country,
  } as const satisfies Values<string>;
}
