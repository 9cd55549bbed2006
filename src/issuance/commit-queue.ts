import { waitShared } from '../wait-shared.ts';
import type {
  IssuanceCommit,
  IssuanceGroupStore,
  IssuanceOutcome,
  IssuanceStore,
} from './store.ts';

/** How long a request waits for its commit; it may have been made where nobody knows of it by then. */
const WAIT_MS = 10_000;
/** A request that does not begin its turn by then has been lost with all that it ran in. */
const TURN_MS = 1000;

/**
 * Those whom a batch of so many answered come back together: the next batch waits until as many are
 * there, or until none has come for so long. A batch costs the database nearly the same whatever is
 * in it.
 */
const BUSY_COMMITS = 4;
const PAUSE_MS = 1;

/** What goes into one batch, so that no parameter gets near what D1 takes (2 MB). */
const MAX_COMMITS = 64;
const MAX_CERTIFICATE_BYTES = 256 * 1024;

export interface CommitQueueDependencies {
  readonly store: IssuanceGroupStore;
  /** Lets a promise be fulfilled although the request that it began in has ended (waitUntil). */
  readonly keepAlive: (promise: Promise<unknown>) => void;
  /** Unix ms. */
  readonly clock: () => number;
}

interface Entry {
  readonly commit: IssuanceCommit;
  /** Of the name that may be certified once; null for none. */
  readonly uniqueName: string | null;
  readonly settle: (isRecorded: boolean) => void;
  readonly fail: (error: unknown) => void;
  readonly giveTurn: () => void;
}

/**
 * Commits what several requests of an isolate issue in one batch: while one batch is on its way to
 * the database, the next one gathers. Each batch is run by one of the requests that are in it, the
 * first one; a request that is alone waits for nobody.
 */
export function createCommitQueue(dependencies: CommitQueueDependencies): IssuanceStore {
  const { store, keepAlive, clock } = dependencies;
  const waiting: Entry[] = [];
  /** How many are likely to come together; 0 where the batch before was small. */
  let expected = 0;
  /** Whose turn it is, and until when: nobody goes on waiting for a request that was lost. */
  let turn: { readonly endsAtMs: number } | null = null;

  function takeTurn(ms: number) {
    turn = { endsAtMs: clock() + ms };
    return turn;
  }

  async function gather(): Promise<void> {
    let seen = 0;
    while (seen < waiting.length && waiting.length < expected) {
      seen = waiting.length;
      await sleep(PAUSE_MS);
    }
  }

  async function runBatch(): Promise<void> {
    const own = takeTurn(WAIT_MS);
    if (expected > 0) await gather();
    const batch = takeBatch(waiting);
    expected = batch.length >= BUSY_COMMITS ? batch.length : 0;
    try {
      const recorded = batch.length === 0 ? [] : await store.commitIssuances(batch.map(toCommit));
      batch.forEach((entry, i) => {
        entry.settle(recorded[i] === true);
        if (recorded[i] === true) refuseSameName(entry);
      });
    } catch (error) {
      for (const { fail } of batch) fail(error);
    } finally {
      if (turn === own) passOn();
    }
  }

  /** Those who ask for the name that was just given away: the store finds out whether it still is. */
  function refuseSameName({ uniqueName }: Entry): void {
    if (uniqueName === null) return;
    for (const entry of waiting.filter((each) => each.uniqueName === uniqueName)) {
      remove(waiting, entry);
      entry.settle(false);
    }
  }

  function passOn(): void {
    const [next] = waiting;
    if (next === undefined) {
      turn = null;
    } else {
      takeTurn(TURN_MS);
      next.giveTurn();
    }
  }

  return {
    async commitIssuance(commit): Promise<IssuanceOutcome> {
      const answer = Promise.withResolvers<boolean>();
      const ownTurn = Promise.withResolvers<void>();
      const entry: Entry = {
        commit,
        uniqueName: nameOf(commit),
        settle: answer.resolve,
        fail: answer.reject,
        giveTurn: ownTurn.resolve,
      };
      waiting.push(entry);
      // Until it is answered it may have to run the batch of others, whether its client waits or not.
      keepAlive(answer.promise.catch(() => {}));
      if (turn === null || turn.endsAtMs < clock()) keepAlive(runBatch());
      else ownTurn.promise.then(() => keepAlive(runBatch()));
      try {
        if (await waitShared(answer.promise, WAIT_MS)) return 'committed';
      } finally {
        // Nothing is recorded of a request that was told that it failed, where that can be helped.
        remove(waiting, entry);
        entry.settle(false);
      }
      return store.explainRefusal(commit);
    },
  };
}

/** From the front on: what must not be together waits for the next batch. */
function takeBatch(waiting: Entry[]): Entry[] {
  const batch: Entry[] = [];
  const names = new Set<string>();
  let bytes = 0;
  for (const entry of [...waiting]) {
    const { uniqueName, commit } = entry;
    const { certificateDer, authorityId, serialHex } = commit.certificate;
    bytes += certificateDer?.length ?? 0;
    if (batch.length === MAX_COMMITS || (bytes > MAX_CERTIFICATE_BYTES && batch.length > 0)) break;
    const serial = `${authorityId}/${serialHex}`;
    if (names.has(serial) || (uniqueName !== null && names.has(uniqueName))) continue;
    names.add(serial);
    if (uniqueName !== null) names.add(uniqueName);
    batch.push(entry);
    remove(waiting, entry);
  }
  return batch;
}

function nameOf({ certificate, uniqueSubject }: IssuanceCommit): string | null {
  return uniqueSubject === null ? null : `${certificate.authorityId} ${uniqueSubject}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function toCommit({ commit }: Entry): IssuanceCommit {
  return commit;
}

function remove<T>(items: T[], item: T): void {
  const at = items.indexOf(item);
  if (at >= 0) items.splice(at, 1);
}
