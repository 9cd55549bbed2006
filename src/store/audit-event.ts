import type { AuditEvent } from '../audit/event.ts';

/** How many parameters an event takes: a condition's own parameters are numbered from the next one on. */
export const EVENT_PARAMETERS = 11;

/**
 * The INSERT of one audit event under a condition, for use in the batch that does what it tells of.
 * `changes() = 1` makes it depend on the statement before it.
 */
export function insertEventSql(condition: string): string {
  return `INSERT INTO audit_events
  (at_ms, account_id, actor, action, outcome, authority_id, target, detail, request_id, remote_address, country)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
WHERE ${condition}`;
}

export const INSERT_EVENT_AFTER_CHANGE = insertEventSql('changes() = 1');

/** The parameters of `insertEventSql`, in its order. */
export function eventParameters(event: AuditEvent): (string | number | null)[] {
  return [
    event.atMs,
    event.accountId,
    event.actor,
    event.action,
    event.outcome,
    event.authorityId,
    event.target,
    JSON.stringify(event.detail),
    event.request.requestId,
    event.request.remoteAddress,
    event.request.country,
  ];
}
