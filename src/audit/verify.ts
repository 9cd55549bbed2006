import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import { chainHash, checkpointMessage, GENESIS_HASH_HEX } from './chain.ts';
import type { AuditCheckpoint, AuditRow, AuditState, AuditStore } from './store.ts';

export interface VerifyDependencies {
  readonly store: AuditStore;
  /** Whether the authority's key made this signature; false where there is no such authority. */
  verifyCheckpoint(
    authorityId: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>;
}

export interface VerifyRange {
  /** Start behind this event, whose own hash is taken on trust; 0 (the default) starts at the beginning. */
  readonly afterPosition?: number;
  /** How many events one call may cover; rounded up to whole pages of 500. */
  readonly maxEvents?: number;
  /** The grant of whoever asks. */
  readonly check?: GrantCheck;
}

export interface ChainReport {
  /** Nothing wrong in what was covered. */
  readonly ok: boolean;
  /** Events found in order, sealed and with the right hash, or not sealed yet. */
  readonly events: number;
  readonly sealedThrough: number;
  readonly unsealed: number;
  /** Checkpoints whose hash and signature are right. */
  readonly checkpoints: number;
  /** Where the first changed, missing or wrongly signed thing is. */
  readonly firstBadPosition: number | null;
  /** The last position that was found right: where a next call goes on from. */
  readonly verifiedThrough: number;
  /** Whether that is the end of the record. */
  readonly complete: boolean;
}

const HASH_FORM = /^[0-9a-f]{64}$/;
const PAGE_EVENTS = 500;
/** One query each: stays under the 50 queries that a request has on the smallest plan. */
const DEFAULT_MAX_EVENTS = 40 * PAGE_EVENTS;

interface Progress {
  position: number;
  hashHex: string;
  events: number;
  unsealed: number;
  checkpoints: number;
}

/**
 * Recomputes the chain in pages and stops at the first thing that is wrong: an event that was
 * changed, removed, reordered or put in later, a head or a checkpoint that does not fit.
 */
export async function verifyAuditChain(
  dependencies: VerifyDependencies,
  { afterPosition = 0, maxEvents = DEFAULT_MAX_EVENTS, check }: VerifyRange = {},
): Promise<ChainReport> {
  const { store } = dependencies;
  const state = await store.readState(check);
  const end = Math.max(state.lastPosition, state.head.position);
  const startHashHex = await findStartHash(store, state, afterPosition);
  const progress: Progress = {
    position: startHashHex === null ? 0 : Math.min(afterPosition, end),
    hashHex: startHashHex ?? GENESIS_HASH_HEX,
    events: 0,
    unsealed: 0,
    checkpoints: 0,
  };
  let firstBadPosition = startHashHex === null ? afterPosition : findBadState(state);
  for (let covered = 0; covered < maxEvents; covered += PAGE_EVENTS) {
    if (firstBadPosition !== null || progress.position >= end) break;
    firstBadPosition = await verifyPage(dependencies, state, progress, end);
  }
  return {
    ok: firstBadPosition === null,
    events: progress.events,
    sealedThrough: state.head.position,
    unsealed: progress.unsealed,
    checkpoints: progress.checkpoints,
    firstBadPosition,
    verifiedThrough: progress.position,
    complete: firstBadPosition === null && progress.position >= end,
  };
}

/** The hash that the first event is chained to, or null where the event before it is not there or has none. */
async function findStartHash(
  store: AuditStore,
  { head }: AuditState,
  afterPosition: number,
): Promise<string | null> {
  if (afterPosition === 0) return GENESIS_HASH_HEX;
  const { rows } = await store.readRange(afterPosition - 1, afterPosition);
  const [row] = rows;
  if (row === undefined) return null;
  // Behind the head nothing is chained yet, so any hash serves.
  if (afterPosition > head.position) return GENESIS_HASH_HEX;
  return row.hashHex !== null && HASH_FORM.test(row.hashHex) ? row.hashHex : null;
}

/** What can be seen from the ends alone: a head that was set back behind what was signed. */
function findBadState({ head, checkpointPosition }: AuditState): number | null {
  if (checkpointPosition > head.position) return head.position + 1;
  return head.position === 0 && head.hashHex !== GENESIS_HASH_HEX ? 1 : null;
}

/** Moves `progress` over one page. Answers the first bad position, or null. */
async function verifyPage(
  dependencies: VerifyDependencies,
  state: AuditState,
  progress: Progress,
  end: number,
): Promise<number | null> {
  const through = Math.min(progress.position + PAGE_EVENTS, end);
  const { rows, checkpoints } = await dependencies.store.readRange(progress.position, through);
  const checkpointAt = new Map(checkpoints.map((checkpoint) => [checkpoint.position, checkpoint]));
  for (let index = 0; progress.position < through; index++) {
    const expected = progress.position + 1;
    const row = rows[index];
    if (row?.position !== expected) return expected;
    if (expected <= state.head.position) {
      const checkpoint = checkpointAt.get(expected);
      const hashHex = await verifyRow(dependencies, state, progress.hashHex, row, checkpoint);
      if (hashHex === null) return expected;
      progress.hashHex = hashHex;
      if (checkpoint !== undefined) progress.checkpoints++;
    } else {
      progress.unsealed++;
    }
    progress.position = expected;
    progress.events++;
  }
  return null;
}

/** The row's hash, or null where row, head or checkpoint do not agree with it. */
async function verifyRow(
  dependencies: VerifyDependencies,
  { head }: AuditState,
  previousHashHex: string,
  row: AuditRow,
  checkpoint: AuditCheckpoint | undefined,
): Promise<string | null> {
  const hashHex = await chainHash(previousHashHex, row);
  if (row.hashHex !== hashHex) return null;
  if (row.position === head.position && head.hashHex !== hashHex) return null;
  if (checkpoint === undefined) return hashHex;
  return checkpoint.hashHex === hashHex && (await isSigned(dependencies, checkpoint))
    ? hashHex
    : null;
}

async function isSigned(
  dependencies: VerifyDependencies,
  checkpoint: AuditCheckpoint,
): Promise<boolean> {
  const message = checkpointMessage(checkpoint, checkpoint.signedAtMs);
  try {
    const signature = Uint8Array.fromBase64(checkpoint.signatureBase64);
    return await dependencies.verifyCheckpoint(checkpoint.authorityId, message, signature);
  } catch (error) {
    if (error instanceof SignetError && error.status === 503) throw error;
    // Bytes that are no signature at all make the platform throw; so may the name of no authority.
    return false;
  }
}
