import { findStaleTags } from '../http/edge/tags.ts';
import type { OpenPurge, PurgeStore } from '../revocation/retry-purges.ts';
import { isWithin, settleWithin } from '../wait.ts';

/** For so long a process trusts its memory after it began to ask the record for missed purges. */
export const TRUSTED_MS = 900;
/** While the record does not answer, no revocation is answered either: answers come from memory. */
const MAX_WAIT_MS = 500;
/** The most authorities whose changed certificates are read: one query each. */
const MAX_READ = 10;
/** For more certificates, all lists and OCSP responses of their authority are purged. */
const MAX_NAMED = 1000;
const MAX_AUTHORITIES = 10_000;
const MAX_ASKS = 3;

/** Whether a process may answer from its memory. */
export interface Trust {
  /**
   * Trusts the memory for another TRUSTED_MS, after what the record tells of was purged. Returns false
   * if it must not be used.
   */
  renew(): Promise<boolean>;
  isGiven(): boolean;
  /** For a process that purges do not reach any more: its memory is not used again. */
  end(): void;
}

interface Dependencies {
  readonly store: Pick<PurgeStore, 'listOpen' | 'listChanged'>;
  /** Purges the memory of this process. */
  purgeOwn(options: { readonly tags: string[] }): Promise<unknown>;
  /** Unix ms. */
  readonly clock: () => number;
  /** Lets a promise settle though its request is cancelled (waitUntil): others wait for it. */
  readonly keepAlive: (promise: Promise<unknown>) => void;
}

/**
 * Asks the record for revocations whose purge is not known to have reached all processes, and purges
 * them here. So a process tells no old status if it was stopped, or too busy to answer a purge: a
 * revocation is answered only after it has waited for a purge longer than TRUSTED_MS. It also finds
 * revocations whose requests were cut off between commit and purge.
 */
export function createTrust({ store, purgeOwn, clock, keepAlive }: Dependencies): Trust {
  let beganAtMs: number | null = null;
  let hasEnded = false;
  /** The record did not answer in time: requests do not wait for it again before it has answered. */
  let isStuck = false;
  let asking: { readonly beganAtMs: number; readonly ended: Promise<void> } | null = null;
  /** By authority: revisions up to this one are purged here. */
  const purgedHere = new Map<string, number>();

  const isGiven = () => !hasEnded && isWithin(beganAtMs, TRUSTED_MS, clock());

  async function findStale(open: readonly OpenPurge[]): Promise<string[]> {
    if (open.length > MAX_READ) return listAll(open);
    const tags: string[] = [];
    for (const each of open) {
      // A certificate that has changed again meanwhile has a later revision.
      const since = { ...each, revision: Number.MAX_SAFE_INTEGER };
      const changed = await store.listChanged(since, MAX_NAMED + 1);
      if (changed.length > MAX_NAMED) tags.push(...listAll([each]));
      else tags.push(...changed.flatMap((one) => findStaleTags({ revocations: [one] })));
    }
    return [...new Set(tags)];
  }

  async function purgeMissed(): Promise<void> {
    const open: OpenPurge[] = [];
    for (const each of await store.listOpen(MAX_AUTHORITIES)) {
      const afterRevision = Math.max(each.afterRevision, purgedHere.get(each.authorityId) ?? 0);
      if (each.revision > afterRevision) open.push({ ...each, afterRevision });
    }
    const tags = await findStale(open);
    if (tags.length > 0) await purgeOwn({ tags });
    for (const { authorityId, revision } of open) purgedHere.set(authorityId, revision);
  }

  function ask(): Promise<void> {
    const nowMs = clock();
    const answered = purgeMissed().finally(() => {
      isStuck = false;
    });
    const ended = settleWithin(answered, isStuck ? 0 : MAX_WAIT_MS).then((isSettled) => {
      if (!isSettled) isStuck = true;
      beganAtMs = nowMs;
    });
    keepAlive(Promise.allSettled([answered, ended]));
    asking = { beganAtMs: nowMs, ended };
    return ended;
  }

  return {
    async renew() {
      // A process that was stopped while it asked has to ask again.
      for (let asks = 0; asks < MAX_ASKS && !isGiven(); asks++) {
        if (hasEnded) return false;
        const other =
          asking !== null && isWithin(asking.beganAtMs, MAX_WAIT_MS, clock()) ? asking : null;
        await (other === null ? ask() : settleWithin(other.ended, MAX_WAIT_MS));
      }
      return isGiven();
    },
    isGiven,
    end() {
      hasEnded = true;
    },
  };
}

function listAll(open: readonly OpenPurge[]): string[] {
  return open.flatMap(({ authorityId }) =>
    findStaleTags({ listsOf: [authorityId], ocspResponsesOf: [authorityId] }),
  );
}
