import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import type { AuditRow, AuditStore } from './store.ts';

export interface AuditPage {
  /** Oldest first. */
  readonly events: readonly AuditRow[];
  /** What to ask for next as `afterPosition`, or null at the end of the record. */
  readonly nextAfterPosition: number | null;
}

const MAX_LIMIT = 500;

/** @throws SignetError invalid-parameter for an `afterPosition` or `limit` (1 to 500) out of range */
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
    throw new SignetError('invalid-parameter', `'limit' must lie between 1 and ${MAX_LIMIT}.`, {
      field: 'limit',
    });
  }
  // One more than asked for tells whether there is a next page.
  const rows = await store.listEvents(afterPosition, limit + 1, check);
  const events = rows.slice(0, limit);
  return {
    events,
    nextAfterPosition: rows.length > limit ? (events.at(-1)?.position ?? null) : null,
  };
}
