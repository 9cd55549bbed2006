import type { GrantCheck } from '../access/principal.ts';
import { SignetError } from '../errors.ts';
import { chainHash, checkpointMessage, GENESIS_HASH_HEX } from './chain.ts';
import type { AuditCheckpoint, AuditRow, AuditState, AuditStore } from './store.ts';

export interface VerifyDependencies {
  readonly store: AuditStore;
  /** Tells whether the authority's key made the signature; false if there is no such authority. */
  verifyCheckpoint(
    authorityId: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>;
}

export interface VerifyRange {
  /** Start after this event and trust its hash; 0 (the default) starts at the beginning. */
  readonly afterPosition?: number;
  /** How many events the call checks at most, rounded up to pages of 500. */
  readonly maxEvents?: number;
  /** The caller's grant. */
  readonly check?: GrantCheck;
}

export interface ChainReport {
  /** Whether the call found nothing wrong. */
  readonly ok: boolean;
  /** How many events are in order, with the right hash if they are sealed. */
  readonly events: number;
  readonly sealedThrough: number;
  readonly unsealed: number;
  /** How many checkpoints have the right hash and a valid signature. */
  readonly checkpoints: number;
  /** The position of the first event that was changed, is missing, or has a wrong checkpoint. */
  readonly firstBadPosition: number | null;
  /** The last position that is right: the `afterPosition` of the next call. */
  readonly verifiedThrough: number;
  /** Whether the record ends there. */
  readonly complete: boolean;
}

const HASH_FORM = /^[0-9a-f]{64}$/;
const PAGE_EVENTS = 500;
/** Each page takes one query; the free plan allows 50 per request. */
const DEFAULT_MAX_EVENTS = 40 * PAGE_EVENTS;

interface Progress {
  position: number;
  hashHex: string;
  events: number;
  unsealed: number;
  checkpoints: number;
}

/**
 * Recomputes the hashes page by page and stops at the first error: an event that was changed,
 * removed, reordered or inserted, or a head or a checkpoint that does not match.
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

/** Returns the hash of the event at `afterPosition`, or null if it is missing or has no hash. */
async function findStartHash(
  store: AuditStore,
  { head }: AuditState,
  afterPosition: number,
): Promise<string | null> {
  if (afterPosition === 0) return GENESIS_HASH_HEX;
  const { rows } = await store.readRange(afterPosition - 1, afterPosition);
  const [row] = rows;
  if (row === undefined) return null;
  // Events after the head have no hash yet, so the start hash is not used.
  if (afterPosition > head.position) return GENESIS_HASH_HEX;
  return row.hashHex !== null && HASH_FORM.test(row.hashHex) ? row.hashHex : null;
}

/** Finds errors in the state alone, for example a head that was set back before a checkpoint. */
function findBadState({ head, checkpointPosition }: AuditState): number | null {
  if (checkpointPosition > head.position) return head.position + 1;
  return head.position === 0 && head.hashHex !== GENESIS_HASH_HEX ? 1 : null;
}

/** Moves `progress` over one page. Returns the first bad position, or null. */
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

/** Returns the row's hash, or null if the row, the head or the checkpoint has another one. */
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
    // Malformed signatures and unknown authorities throw.
    return false;
  }
}
