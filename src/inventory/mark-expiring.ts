/** An entry that has passed a threshold that was not announced before. */
export interface ExpiringEntry {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly notAfterSeconds: number;
  /** The threshold in days before expiry; 0 is the expiry itself. */
  readonly thresholdDays: number;
}

export interface ExpiryStore {
  /** Forgets that entries were recorded as expired that have not expired. It reads all entries. */
  forgetEarly(nowSeconds: number): Promise<void>;
  /**
   * Records the last threshold that an entry has passed, for up to `limit` entries for which it was
   * not recorded before, and returns them. Each entry is returned to one caller only. The same batch
   * writes an event for each into the audit record, which webhooks send.
   */
  claimExpiring(
    nowSeconds: number,
    thresholdDays: readonly number[],
    limit: number,
    event: { readonly atMs: number; readonly requestId: string },
  ): Promise<readonly ExpiringEntry[]>;
}

/** A log event for operators. */
export interface ExpiryEvent {
  readonly event: 'inventory.expiring' | 'inventory.expired';
  readonly certificateId: string;
  readonly accountId: string;
  readonly name: string;
  readonly thresholdDays: number;
  /** Whole days until expiry; 0 on the last day and after it. */
  readonly daysLeft: number;
  readonly notAfterSeconds: number;
}

export interface MarkExpiringDependencies {
  readonly store: ExpiryStore;
  /** Days before expiry, in descending order. */
  readonly thresholdDays: readonly number[];
  /** Unix ms. */
  readonly clock: () => number;
  readonly writeEvent: (event: ExpiryEvent) => void;
}

export interface MarkExpiringReport {
  readonly expiring: number;
  readonly expired: number;
}

const DAY_SECONDS = 86_400;
const PAGE_ENTRIES = 100;
/** Each page takes one query; the free plan allows 50 per run. */
const MAX_PAGES = 40;

/**
 * Announces entries that have passed a threshold, and entries that have expired. An entry has one event
 * per threshold; if it passed several since the last run, only for the last of them. Several calls may
 * run at the same time.
 */
export async function markExpiring(
  dependencies: MarkExpiringDependencies,
): Promise<MarkExpiringReport> {
  const { store, thresholdDays, clock, writeEvent } = dependencies;
  const nowSeconds = Math.floor(clock() / 1000);
  // Only a clock that was ahead makes this necessary.
  if (isFirstMinuteOfHour(nowSeconds)) await store.forgetEarly(nowSeconds);
  let expiring = 0;
  let expired = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const event = { atMs: clock(), requestId: crypto.randomUUID() };
    const claimed = await store.claimExpiring(nowSeconds, thresholdDays, PAGE_ENTRIES, event);
    for (const { id, accountId, name, notAfterSeconds, thresholdDays: passed } of claimed) {
      const isExpired = notAfterSeconds < nowSeconds;
      if (isExpired) expired++;
      else expiring++;
      writeEvent({
        event: isExpired ? 'inventory.expired' : 'inventory.expiring',
        certificateId: id,
        accountId,
        name,
        thresholdDays: passed,
        daysLeft: daysLeft(notAfterSeconds, nowSeconds),
        notAfterSeconds,
      });
    }
    if (claimed.length < PAGE_ENTRIES) break;
  }
  return { expiring, expired };
}

/** Of the runs of cron, one in an hour. */
function isFirstMinuteOfHour(nowSeconds: number): boolean {
  return nowSeconds % 3600 < 60;
}

/** Returns the whole days until `notAfterSeconds`, at least 0. */
export function daysLeft(notAfterSeconds: number, nowSeconds: number): number {
  return Math.max(0, Math.floor((notAfterSeconds - nowSeconds) / DAY_SECONDS));
}
