import { type RandomBytes, randomUuid } from '../access/random-text.ts';
import type { AuditEvent } from '../audit/event.ts';

/** A certificate at its place in the order of expiry. */
export interface ExpiryPosition {
  readonly notAfterSeconds: number;
  readonly serialHex: string;
  readonly authorityId: string;
}

export interface ExpiringCertificate extends ExpiryPosition {
  readonly accountId: string;
  /**
   * Whether its expiry is not announced: it was revoked permanently, or it is that of an authority here,
   * which has events of its own (see announceExpiringAuthorities).
   */
  readonly isSilent: boolean;
}

export interface AnnouncementStore {
  /** How far certificates were announced, by threshold in days; null if no webhook wants to know. */
  readPositions(): Promise<ReadonlyMap<number, ExpiryPosition> | null>;
  /** Lists the next certificates after `position` that expire at `untilSeconds` or before. */
  listExpiring(
    position: ExpiryPosition,
    untilSeconds: number,
    limit: number,
  ): Promise<readonly ExpiringCertificate[]>;
  /**
   * Moves a threshold's position and writes the events, in one batch. Writes nothing, and returns false,
   * if the position is no longer `from`.
   */
  announce(
    days: number,
    from: ExpiryPosition | null,
    to: ExpiryPosition,
    events: readonly AuditEvent[],
  ): Promise<boolean>;
}

export interface AnnounceDependencies {
  readonly store: AnnouncementStore;
  /** Days before expiry, in descending order. */
  readonly thresholdDays: readonly number[];
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

const DAY_SECONDS = 86_400;
const PAGE = 200;
/** For all thresholds. Each takes two queries; the free plan allows 50 per run. */
const MAX_PAGES = 16;

/**
 * Writes the event `certificate.expiring` for each certificate that has passed a threshold, while a webhook
 * wants it. A certificate that has passed several since the last run is announced for the last of them only.
 * Each threshold goes through the certificates in the order of their expiry, so a certificate is announced
 * once for it, and one that lives shorter than the threshold never.
 */
export async function announceExpiring({
  store,
  thresholdDays,
  clock,
  randomBytes,
}: AnnounceDependencies): Promise<{ readonly announced: number; readonly more: boolean }> {
  const positions = await store.readPositions();
  if (positions === null) return { announced: 0, more: false };
  const nowMs = clock();
  const nowSeconds = Math.floor(nowMs / 1000);
  let announced = 0;
  let pages = 0;
  for (const [index, days] of thresholdDays.entries()) {
    const nextDays = thresholdDays[index + 1] ?? 0;
    const earliest = nowSeconds + nextDays * DAY_SECONDS;
    const latest = nowSeconds + days * DAY_SECONDS;
    let from = positions.get(days) ?? null;
    let page: readonly ExpiringCertificate[] = [];
    do {
      if (pages === MAX_PAGES) return { announced, more: true };
      pages++;
      // A clock that was ahead has gone farther than this one may. Begin anew.
      const goesOn =
        from !== null && from.notAfterSeconds >= earliest && from.notAfterSeconds <= latest;
      const start = from !== null && goesOn ? from : begin(earliest);
      page = await store.listExpiring(start, latest, PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      const to = {
        notAfterSeconds: last.notAfterSeconds,
        serialHex: last.serialHex,
        authorityId: last.authorityId,
      };
      const events = page
        .filter(({ isSilent }) => !isSilent)
        .map((certificate) => describe(certificate, days, nowMs, randomBytes));
      // If another run was faster, it has announced them.
      if (!(await store.announce(days, from, to, events))) break;
      announced += events.length;
      from = to;
    } while (page.length === PAGE);
  }
  return { announced, more: false };
}

/** Before the first certificate that expires after this second. */
function begin(notAfterSeconds: number): ExpiryPosition {
  return { notAfterSeconds: notAfterSeconds + 1, serialHex: '', authorityId: '' };
}

function describe(
  { serialHex, authorityId, accountId }: ExpiringCertificate,
  days: number,
  nowMs: number,
  randomBytes: RandomBytes,
): AuditEvent {
  return {
    atMs: nowMs,
    accountId,
    actor: 'job',
    action: 'certificate.expire-soon',
    outcome: 'done',
    authorityId,
    target: serialHex,
    detail: { days },
    request: { requestId: randomUuid(randomBytes), remoteAddress: null, country: null },
  };
}
