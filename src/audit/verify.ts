import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import { type CheckpointKeys, isSigned, openHead, readCheckpoint } from './checkpoint.ts';
import { MAX_SEGMENT_EVENTS } from './seal.ts';
import type { AuditStore } from './store.ts';
import { startWalk, type Walk, walkPage } from './walk.ts';

export interface VerifyDependencies {
  readonly store: AuditStore;
  readonly keys: CheckpointKeys;
}

export interface VerifyRange {
  /** The token of a checkpoint that the caller kept: start after it, and trust it. Null: start at the beginning. */
  readonly since: string | null;
  /** How many events the call checks at most, rounded up to pages of 500. */
  readonly maxEvents?: number;
}

export interface ChainReport {
  /** Whether the call found nothing wrong. */
  readonly ok: boolean;
  /** How many events are in order, with the right hash if they are sealed. */
  readonly events: number;
  readonly sealedThrough: number;
  readonly unsealed: number;
  /** How many checkpoints are right. */
  readonly checkpoints: number;
  /**
   * The longest time from an event to the checkpoint that covers it. It is long if the job did not
   * run, or if someone made it seal old events again.
   */
  readonly longestDelaySeconds: number;
  /** The position of the first event that was changed, is missing, or has a wrong checkpoint. */
  readonly firstBadPosition: number | null;
  /** What is wrong there. */
  readonly problem: string | null;
  /** The last position that is right. */
  readonly verifiedThrough: number;
  /** The last checkpoint that is right: the `since` of the next call. */
  readonly checkpoint: string | null;
  /** Whether the record was verified up to its end. Before that, `ok` is not the final word. */
  readonly complete: boolean;
}

/** Each page takes one query; the free plan allows 50 per request. */
const DEFAULT_MAX_EVENTS = 40 * MAX_SEGMENT_EVENTS;
/** Bounds the signatures that one call verifies. */
const MAX_CHECKPOINTS = 2000;

/**
 * Verifies the newest checkpoint with a configured key, recomputes the hashes page by page, and stops
 * at the first error: an event that was changed, removed, reordered or inserted, or a checkpoint that
 * is missing or does not match.
 * @throws SignetError invalid-parameter if `since` is not a checkpoint
 */
export async function verifyAuditChain(
  { store, keys }: VerifyDependencies,
  { since, maxEvents = DEFAULT_MAX_EVENTS }: VerifyRange,
  check: GrantCheck,
): Promise<ChainReport> {
  const walk = await startWalk(since === null ? null : await readSince(keys, since));
  const first = await readPage(store, walk, check);
  const opened = await openHead(keys, first.head);
  let finding = 'problem' in opened ? opened : null;
  const head = 'problem' in opened ? null : opened.head;
  let page = first;
  for (let covered = 0; finding === null && !walk.complete; covered += MAX_SEGMENT_EVENTS) {
    if (covered > 0) {
      if (covered >= maxEvents || walk.checkpoints >= MAX_CHECKPOINTS) break;
      page = await readPage(store, walk, check);
    }
    finding = await walkPage(keys, head, page, walk);
  }
  const sealedThrough = first.head?.position ?? 0;
  return {
    ok: finding === null,
    events: walk.events,
    sealedThrough,
    unsealed: Math.max(0, first.lastPosition - sealedThrough),
    checkpoints: walk.checkpoints,
    longestDelaySeconds: Math.ceil(walk.longestDelayMs / 1000),
    firstBadPosition: finding?.position ?? null,
    problem: finding?.problem ?? null,
    verifiedThrough: walk.position,
    checkpoint: walk.last?.token ?? null,
    complete: finding === null && walk.complete,
  };
}

function readPage(store: AuditStore, walk: Walk, check: GrantCheck) {
  return store.readPage(
    {
      afterPosition: walk.position,
      fromSequence: walk.sequence,
      maxEvents: MAX_SEGMENT_EVENTS,
      maxCheckpoints: MAX_SEGMENT_EVENTS,
    },
    check,
  );
}

/** A key that was removed from the configuration cannot prove the token, but the record still can. */
async function readSince(keys: CheckpointKeys, token: string) {
  const since = readCheckpoint(token);
  if (since === null || (keys.has(since.publicKey) && !(await isSigned(keys, since)))) {
    throw new SignetError(
      'invalid-parameter',
      "'since' must be the whole 'checkpoint' of an earlier answer.",
      { field: 'since' },
    );
  }
  return since;
}
