import type { AuditPage } from '../../audit/list.ts';
import type { AuthorizedCall } from '../call.ts';
import type { AuditEventAnswer, AuditEventsAnswer } from './answers.ts';
import { readNumberParameter } from './read-number.ts';

const DEFAULT_LIMIT = 100;

/** GET /api/v1/audit?after=&limit=: the record in order; `next` is the `after` of the next page. */
export async function listAuditEvents(call: AuthorizedCall): Promise<Response> {
  const { events, nextAfterPosition } = await call.services.listAuditEvents(
    {
      afterPosition: readNumberParameter(call.url, 'after', 0),
      limit: readNumberParameter(call.url, 'limit', DEFAULT_LIMIT),
    },
    call.principal,
  );
  call.note(`listed ${events.length} audit events`);
  const answer: AuditEventsAnswer = { events: events.map(describe), next: nextAfterPosition };
  return Response.json(answer);
}

function describe(event: AuditPage['events'][number]): AuditEventAnswer {
  return {
    position: event.position,
    at: new Date(event.atMs).toISOString(),
    account: event.accountId,
    actor: event.actor,
    action: event.action,
    outcome: event.outcome,
    authority: event.authorityId,
    target: event.target,
    detail: parseDetail(event.detail),
    requestId: event.requestId,
    remoteAddress: event.remoteAddress,
    country: event.country,
    hash: event.hashHex,
  };
}

/** A row that was tampered with must still be shown: then as the text that it is. */
function parseDetail(detail: string): unknown {
  try {
    return JSON.parse(detail);
  } catch {
    return detail;
  }
}
