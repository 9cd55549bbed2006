import type { AuditAction, AuditEvent, RequestContext } from '../audit/event.ts';
import type { Principal } from './principal.ts';

/** Who did it, when and from where. */
export interface Deed {
  readonly principal: Principal;
  readonly atMs: number;
  readonly request: RequestContext;
}

/** The audit event of a change to an account or an access key. */
export function describeDeed(
  { principal, atMs, request }: Deed,
  action: Extract<AuditAction, `account.${string}` | `access-key.${string}`>,
  target: string,
  detail: AuditEvent['detail'],
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
