import { type RandomBytes, randomUuid } from '../access/random-text.ts';
import type { AuditEvent } from '../audit/event.ts';

/** The certificate of an authority's current generation. */
export interface AuthorityExpiry {
  readonly generationId: string;
  readonly accountId: string;
  readonly certificateSha256Hex: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** An authority's certificate, with the event of a threshold that it has passed. */
export interface AuthorityAnnouncement {
  readonly certificateSha256Hex: string;
  readonly event: AuditEvent & {
    readonly detail: { readonly days: number; readonly notAfterSeconds: number };
  };
}

export interface AuthorityAnnouncementStore {
  /**
   * Reads authorities by the ids of their generations. Leaves out generations that are not current,
   * pending and revoked authorities, and certificates that cannot be read.
   */
  readExpiries(generationIds: readonly string[]): Promise<readonly AuthorityExpiry[]>;
  /**
   * Writes the events of authorities that still have this certificate, unless the audit record has
   * one of the certificate for this threshold or a later one. One from the future does not count: a
   * clock that was ahead has written it. Returns the number of written events.
   */
  announceOnce(announcements: readonly AuthorityAnnouncement[]): Promise<number>;
}

export interface AnnounceAuthoritiesDependencies {
  readonly store: AuthorityAnnouncementStore;
  /** Lists some generations, others each time. */
  readonly listGenerations: () => Promise<readonly string[]>;
  /** Days before expiry, in descending order. */
  readonly thresholdDays: readonly number[];
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

const DAY_SECONDS = 86_400;

/**
 * Writes the event `authority.expiring` for each authority whose certificate has passed a threshold, and
 * `authority.expired` when it has expired. The audit record tells what was announced: an authority has one
 * event per certificate and threshold. If several have passed since the last run, it has one for the last.
 */
export async function announceExpiringAuthorities({
  store,
  listGenerations,
  thresholdDays,
  clock,
  randomBytes,
}: AnnounceAuthoritiesDependencies): Promise<number> {
  const nowMs = clock();
  const announcements = [];
  for (const authority of await store.readExpiries(await listGenerations())) {
    const days = findPassedThreshold(authority, Math.floor(nowMs / 1000), thresholdDays);
    if (days !== null) announcements.push(describe(authority, days, nowMs, randomBytes));
  }
  return announcements.length === 0 ? 0 : store.announceOnce(announcements);
}

/**
 * Returns the last threshold in days that a certificate has passed: 0 if it has expired, null if it has
 * passed none. A threshold that is longer than its lifetime does not count.
 */
function findPassedThreshold(
  { notBeforeSeconds, notAfterSeconds }: AuthorityExpiry,
  nowSeconds: number,
  thresholdDays: readonly number[],
): number | null {
  if (notAfterSeconds < nowSeconds) return 0;
  const left = notAfterSeconds - nowSeconds;
  const lifetime = notAfterSeconds - notBeforeSeconds;
  return (
    thresholdDays.findLast((days) => left <= days * DAY_SECONDS && lifetime > days * DAY_SECONDS) ??
    null
  );
}

function describe(
  { generationId, accountId, certificateSha256Hex, notAfterSeconds }: AuthorityExpiry,
  days: number,
  nowMs: number,
  randomBytes: RandomBytes,
): AuthorityAnnouncement {
  return {
    certificateSha256Hex,
    event: {
      atMs: nowMs,
      accountId,
      actor: 'job',
      action: days === 0 ? 'authority.expire' : 'authority.expire-soon',
      outcome: 'done',
      authorityId: generationId,
      target: generationId,
      detail: { days, notAfterSeconds },
      request: { requestId: randomUuid(randomBytes), remoteAddress: null, country: null },
    },
  };
}
