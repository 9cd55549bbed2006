import { isWithin, waitShared } from '../wait.ts';
import type {
  IssuanceCommit,
  IssuanceGroupStore,
  IssuanceOutcome,
  IssuanceStore,
} from './store.ts';

/** How long a request waits for its commit. Whether the commit was made is unknown then. */
const WAIT_MS = 10_000;
/** A request that has not begun its turn after this time was cancelled. */
const TURN_MS = 1000;

/**
 * After a batch of several commits, wait until as many requests have arrived again, or until none
 * arrives in this many turns of the event loop: a batch costs the database nearly the same, however
 * large it is.
 */
const QUIET_TURNS = 2;

/** The limits of one batch keep every parameter far below D1's limit of 2 MB. */
const MAX_COMMITS = 64;
const MAX_CERTIFICATE_BYTES = 256 * 1024;

export interface CommitQueueDependencies {
  readonly store: IssuanceGroupStore;
  /** Lets a promise settle after the request that made it has ended (waitUntil). */
  readonly keepAlive: (promise: Promise<unknown>) => void;
  /** Unix ms. */
  readonly clock: () => number;
}

/**
 * What only one holder can have, each with its holder: the name of a CA belongs to a key, and a unique
 * subject, a custom identifier, an instance, an ACME order and a nonce to a commit.
 */
type Claims = ReadonlyMap<string, unknown>;

interface Entry {
  readonly commit: IssuanceCommit;
  readonly claims: Claims;
  /** Policies that limit the number of certificates: no other commit of the batch has one of them. */
  readonly limits: readonly string[];
  readonly settle: (isRecorded: boolean) => void;
  readonly fail: (error: unknown) => void;
  readonly giveTurn: () => void;
}

interface Turn {
  readonly beganAtMs: number;
  readonly ms: number;
}

/**
 * Commits the issuances of several requests of an isolate in one batch: while the database executes
 * one batch, the next one gathers. The first request of a batch runs it. A request that is alone does
 * not wait.
 */
export function createCommitQueue(dependencies: CommitQueueDependencies): IssuanceStore {
  const { store, keepAlive, clock } = dependencies;
  const waiting: Entry[] = [];
  /** How many commits are likely to arrive together; 0 after a single one. */
  let expected = 0;
  /** The turn that runs a batch now. It ends in time, so that none waits for a cancelled request. */
  let turn: Turn | null = null;

  function takeTurn(ms: number): Turn {
    turn = { beganAtMs: clock(), ms };
    return turn;
  }

  async function gather(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS && waiting.length < expected; quiet++) {
      const before = waiting.length;
      await turnEventLoop();
      if (waiting.length > before) quiet = -1;
    }
  }

  async function runBatch(): Promise<void> {
    const own = takeTurn(WAIT_MS);
    if (expected > 0) await gather();
    const batch = takeBatch(waiting);
    expected = batch.length > 1 ? batch.length : 0;
    try {
      const recorded = batch.length === 0 ? [] : await store.commitIssuances(batch.map(toCommit));
      batch.forEach((entry, i) => {
        entry.settle(recorded[i] === true);
        if (recorded[i] === true) refuseSameClaims(entry);
      });
    } catch (error) {
      for (const { fail } of batch) fail(error);
    } finally {
      if (turn === own) passOn();
    }
  }

  /** Does not even try to commit what was just given to another. The store explains the refusal. */
  function refuseSameClaims({ claims }: Entry): void {
    const refused = waiting.filter((each) => contradicts(each.claims, claims));
    for (const entry of refused) {
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
        claims: listClaims(commit),
        limits: listLimits(commit),
        settle: answer.resolve,
        fail: answer.reject,
        giveTurn: ownTurn.resolve,
      };
      waiting.push(entry);
      // It may have to run the batch of others, even if its client is gone.
      keepAlive(answer.promise.catch(() => {}));
      const isTaken = turn !== null && isWithin(turn.beganAtMs, turn.ms, clock());
      if (isTaken) ownTurn.promise.then(() => keepAlive(runBatch()));
      else keepAlive(runBatch());
      try {
        if (await waitShared(answer.promise, WAIT_MS)) return 'committed';
      } finally {
        // The caller is told that it failed: do not commit it later.
        remove(waiting, entry);
        entry.settle(false);
      }
      return store.explainRefusal(commit);
    },
  };
}

/**
 * Takes the next batch, in order. Commits whose claims or serials contradict never share a batch, nor do
 * those that one policy limits: the batch counts the certificates before it writes any.
 */
function takeBatch(waiting: Entry[]): Entry[] {
  const batch: Entry[] = [];
  const taken = new Map<string, unknown>();
  let bytes = 0;
  for (const entry of [...waiting]) {
    const { certificateDer, serialHex } = entry.commit.certificate;
    bytes += certificateDer?.length ?? 0;
    if (batch.length === MAX_COMMITS || (bytes > MAX_CERTIFICATE_BYTES && batch.length > 0)) break;
    // A set of serial numbers would cost more: V8 moves each text that is a key to its table of strings.
    if (batch.some(({ commit }) => commit.certificate.serialHex === serialHex)) continue;
    if (entry.limits.some((each) => taken.has(each))) continue;
    if (contradicts(entry.claims, taken)) continue;
    for (const each of entry.limits) taken.set(each, entry.commit);
    for (const [claim, holder] of entry.claims) taken.set(claim, holder);
    batch.push(entry);
    remove(waiting, entry);
  }
  return batch;
}

function listClaims(commit: IssuanceCommit): Claims {
  const { certificate, subjectKey, uniqueSubject, customIdentifier, instanceId, acmeOrder, nonce } =
    commit;
  const { authorityId, accountId, publicKeyIdHex } = certificate;
  const claims = new Map<string, unknown>();
  if (commit.isCa) claims.set(`name ${subjectKey}`, publicKeyIdHex);
  if (uniqueSubject !== null) claims.set(`subject ${authorityId} ${uniqueSubject}`, commit);
  if (customIdentifier !== null) claims.set(`custom ${accountId} ${customIdentifier}`, commit);
  if (instanceId !== null) claims.set(`instance ${instanceId}`, commit);
  if (acmeOrder !== null) claims.set(`acme order ${acmeOrder.id}`, commit);
  if (nonce !== null) claims.set(`nonce ${nonce.accessKeyId} ${nonce.nonce}`, commit);
  return claims;
}

function listLimits({ bounds }: IssuanceCommit): string[] {
  return (bounds?.policies ?? [])
    .filter(({ rules }) => rules.maxValidCertificates !== null)
    .map(({ id }) => `policy ${id}`);
}

function contradicts(claims: Claims, others: Claims): boolean {
  for (const [claim, holder] of claims) {
    if (others.has(claim) && others.get(claim) !== holder) return true;
  }
  return false;
}

function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function toCommit({ commit }: Entry): IssuanceCommit {
  return commit;
}

function remove<T>(items: T[], item: T): void {
  const at = items.indexOf(item);
  if (at >= 0) items.splice(at, 1);
}
