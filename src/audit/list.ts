import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import type { AuditListRequest, AuditRow, AuditStore } from './store.ts';

export interface AuditPage {
  /** In the order that was asked for. */
  readonly events: readonly AuditRow[];
  /** The `afterPosition` of the next page, or null at the end. */
  readonly nextAfterPosition: number | null;
}

const MAX_LIMIT = 500;

/**
 * Lists the events that fulfil the filters. It goes through a bounded part of the record, so a page may
 * hold fewer than `limit`, or none, although there is a next page.
 * @throws SignetError invalid-parameter if `afterPosition` or `limit` (1 to 500) is out of range
 */
export async function listAuditEvents(
  store: AuditStore,
  request: AuditListRequest,
  check: GrantCheck,
): Promise<AuditPage> {
  const { afterPosition, limit } = request;
  if (afterPosition !== null && (!Number.isSafeInteger(afterPosition) || afterPosition < 0)) {
    throw new SignetError('invalid-parameter', "'after' must be the position of an event, or 0.", {
      field: 'after',
    });
  }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new SignetError('invalid-parameter', `'limit' must be between 1 and ${MAX_LIMIT}.`, {
      field: 'limit',
    });
  }
  // One row more than the limit tells whether there is a next page.
  const { rows, stoppedAt } = await store.listEvents({ ...request, limit: limit + 1 }, check);
  const events = rows.slice(0, limit);
  return {
    events,
    nextAfterPosition: rows.length > limit ? (events.at(-1)?.position ?? null) : stoppedAt,
  };
}
