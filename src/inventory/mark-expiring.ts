/** Days before expiry at which an entry is announced; 0 stands for the expiry itself. Falling. */
export const EXPIRY_THRESHOLD_DAYS = [30, 14, 7, 1, 0] as const;

/** An entry that a threshold was passed for and that nobody has announced for it. */
export interface ExpiringEntry {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly notAfterSeconds: number;
  readonly thresholdDays: number;
}

export interface ExpiryStore {
  /**
   * Notes for up to `limit` entries the last threshold that they have passed, and answers those
   * for which it was not noted before: each is answered to one caller alone.
   */
  claimExpiring(nowSeconds: number, limit: number): Promise<readonly ExpiringEntry[]>;
}

/** One line for whoever watches the log. */
export interface ExpiryEvent {
  readonly event: 'inventory.expiring' | 'inventory.expired';
  readonly certificateId: string;
  readonly accountId: string;
  readonly name: string;
  readonly thresholdDays: number;
  /** Whole days that are left, 0 on the last day and after it. */
  readonly daysLeft: number;
  readonly notAfterSeconds: number;
}

export interface MarkExpiringDependencies {
  readonly store: ExpiryStore;
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
/** One query each: they stay under the 50 that a run has on the smallest plan. */
const MAX_PAGES = 40;

/**
 * Announces entries that expire within 30, 14, 7 and 1 days, and those that have expired: one event
 * for each entry and threshold, the nearest where several were passed at once. Any number of these
 * may run at once.
 */
export async function markExpiring(
  dependencies: MarkExpiringDependencies,
): Promise<MarkExpiringReport> {
  const { store, clock, writeEvent } = dependencies;
  const nowSeconds = Math.floor(clock() / 1000);
  let expiring = 0;
  let expired = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const claimed = await store.claimExpiring(nowSeconds, PAGE_ENTRIES);
    for (const { id, accountId, name, notAfterSeconds, thresholdDays } of claimed) {
      const isExpired = notAfterSeconds < nowSeconds;
      if (isExpired) expired++;
      else expiring++;
      writeEvent({
        event: isExpired ? 'inventory.expired' : 'inventory.expiring',
        certificateId: id,
        accountId,
        name,
        thresholdDays,
        daysLeft: daysLeft(notAfterSeconds, nowSeconds),
        notAfterSeconds,
      });
    }
    if (claimed.length < PAGE_ENTRIES) break;
  }
  return { expiring, expired };
}

/** Whole days until `notAfterSeconds`, never below 0. */
export function daysLeft(notAfterSeconds: number, nowSeconds: number): number {
  return Math.max(0, Math.floor((notAfterSeconds - nowSeconds) / DAY_SECONDS));
}
