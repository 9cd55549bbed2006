import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import type { AuditRow, AuditStore } from './store.ts';

export interface AuditPage {
  /** Oldest first. */
  readonly events: readonly AuditRow[];
  /** The `afterPosition` of the next page, or null at the end of the record. */
  readonly nextAfterPosition: number | null;
}

const MAX_LIMIT = 500;

/**
 * Lists events after a position.
 * @throws SignetError invalid-parameter if `afterPosition` or `limit` (1 to 500) is out of range
 */
export async function listAuditEvents(
  store: AuditStore,
  { afterPosition, limit }: { readonly afterPosition: number; readonly limit: number },
  check: GrantCheck,
): Promise<AuditPage> {
  if (!Number.isSafeInteger(afterPosition) || afterPosition < 0) {
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
  const rows = await store.listEvents(afterPosition, limit + 1, check);
  const events = rows.slice(0, limit);
  return {
    events,
    nextAfterPosition: rows.length > limit ? (events.at(-1)?.position ?? null) : null,
  };
}
