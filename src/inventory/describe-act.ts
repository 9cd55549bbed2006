import type { Principal } from '../access/principal.ts';
import type { AuditAction, AuditEvent, RequestContext } from '../audit/event.ts';

/** Who acts on an entry, when and from where. */
export interface Act {
  readonly principal: Principal;
  readonly atMs: number;
  readonly request: RequestContext;
}

/** The audit event of an act on the entry `id`. */
export function describeAct(
  { principal, atMs, request }: Act,
  action: Extract<AuditAction, `inventory.${string}`>,
  id: string,
  detail: AuditEvent['detail'] = {},
): AuditEvent {
  return {
    atMs,
    accountId: principal.accountId,
    actor: principal.actor,
    action,
    outcome: 'done',
    authorityId: null,
    target: id,
    detail,
    request,
  };
}
