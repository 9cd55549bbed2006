import type { Principal } from '../access/principal.ts';
import type { AuditAction, AuditEvent, RequestContext } from './event.ts';

/** A principal's act: who acts, when, and in which request. */
export interface Act {
  readonly principal: Principal;
  readonly atMs: number;
  readonly request: RequestContext;
}

/** Returns the audit event of an act that succeeds and concerns no authority. */
export function describeAct(
  { principal, atMs, request }: Act,
  action: AuditAction,
  target: string,
  detail: AuditEvent['detail'] = {},
): AuditEvent {
  return {
    atMs,
    accountId: principal.accountId,
    actor: principal.actor,
    action,
    outcome: 'done',
    authorityId: null,
    target,
    detail,
    request,
  };
}
