import { chainHash, GENESIS_HASH_HEX } from './chain.ts';
import {
  type CheckpointKeys,
  type Finding,
  hashToken,
  isSigned,
  type ReadCheckpoint,
  readCheckpoint,
} from './checkpoint.ts';
import { MAX_SEGMENT_EVENTS } from './seal.ts';
import type { AuditRow, CheckpointRow, RecordPage } from './store.ts';

/** How far a verification has come. */
export interface Walk {
  /** The last checkpoint that is right; null before the first one. */
  last: ReadCheckpoint | null;
  /** Its sequence number, or 0. */
  sequence: number;
  /** The hash by which the next checkpoint must name it. */
  tokenHashHex: string;
  position: number;
  hashHex: string;
  /** How many events and checkpoints are right. */
  events: number;
  checkpoints: number;
  /** The longest time from an event to the checkpoint that covers it. */
  longestDelayMs: number;
  /** The time of the oldest event since the last checkpoint. */
  oldestAtMs: number;
  complete: boolean;
}

/** @param since a checkpoint to trust, or null for the beginning of the record */
export async function startWalk(since: ReadCheckpoint | null): Promise<Walk> {
  return {
    last: since,
    sequence: since?.sequence ?? 0,
    tokenHashHex: await hashToken(since?.token ?? null),
    position: since?.position ?? 0,
    hashHex: since?.hashHex ?? GENESIS_HASH_HEX,
    events: 0,
    checkpoints: 0,
    longestDelayMs: 0,
    oldestAtMs: Number.POSITIVE_INFINITY,
    complete: false,
  };
}

/**
 * Moves the walk over one page. Events up to `head` must be sealed. Of the events after it, only one
 * page is looked at.
 * @param head the newest checkpoint when the verification began; its signature is verified
 */
export async function walkPage(
  keys: CheckpointKeys,
  head: ReadCheckpoint | null,
  page: RecordPage,
  walk: Walk,
): Promise<Finding | null> {
  const checkpoints = [...page.checkpoints];
  if (walk.last !== null && checkpoints.shift()?.token !== walk.last.token) {
    const { sequence, position } = walk.last;
    Object.assign(walk, await startWalk(null));
    return { position, problem: `Checkpoint ${sequence} is not in the record.` };
  }
  const rows = [...page.rows];
  while (head !== null && walk.sequence < head.sequence) {
    const checkpoint = checkpoints[0];
    if (checkpoint === undefined && page.checkpoints.length === MAX_SEGMENT_EVENTS) return null;
    const isPassed = checkpoint?.position === walk.position;
    const problem = isPassed
      ? await passCheckpoint(keys, head, checkpoint, walk)
      : findMissing(checkpoint, walk);
    if (problem !== null) return { position: walk.position, problem };
    if (isPassed) {
      checkpoints.shift();
      continue;
    }
    const row = rows.shift();
    if (row === undefined && page.rows.length === MAX_SEGMENT_EVENTS) return null;
    const finding = await passSealedRow(row, walk);
    if (finding !== null) return finding;
  }
  return passUnsealedRows(rows, page, walk);
}

/** Finds out whether a checkpoint is missing before the next event. */
function findMissing(next: CheckpointRow | undefined, { last, position, sequence }: Walk) {
  const isLate = position - (last?.position ?? 0) >= MAX_SEGMENT_EVENTS;
  return isLate || next === undefined || next.position < position
    ? `Checkpoint ${sequence + 1} is missing.`
    : null;
}

async function passCheckpoint(
  keys: CheckpointKeys,
  head: ReadCheckpoint,
  row: CheckpointRow,
  walk: Walk,
): Promise<string | null> {
  const read = readCheckpoint(row.token);
  const sequence = walk.sequence + 1;
  if (
    read === null ||
    read.position !== row.position ||
    read.sequence !== row.sequence ||
    (sequence === head.sequence && read.token !== head.token)
  ) {
    return `Checkpoint ${row.sequence} was changed.`;
  }
  if (read.sequence !== sequence) return `Checkpoint ${sequence} is missing.`;
  if (read.predecessorHex !== walk.tokenHashHex) {
    return `Checkpoint ${sequence} names another predecessor.`;
  }
  if (read.hashHex !== walk.hashHex) return `Checkpoint ${sequence} has another hash.`;
  // A later checkpoint names this one and, in the end, the newest one. So it is proven even if the
  // key that signed it is no longer configured.
  if (keys.has(read.publicKey) && !(await isSigned(keys, read))) {
    return `The signature of checkpoint ${sequence} does not verify.`;
  }
  walk.last = read;
  walk.sequence = sequence;
  walk.tokenHashHex = await hashToken(read.token);
  walk.checkpoints++;
  walk.longestDelayMs = Math.max(walk.longestDelayMs, read.signedAtMs - walk.oldestAtMs);
  walk.oldestAtMs = Number.POSITIVE_INFINITY;
  return null;
}

async function passSealedRow(row: AuditRow | undefined, walk: Walk): Promise<Finding | null> {
  const position = walk.position + 1;
  if (row?.position !== position) return { position, problem: 'The event is missing.' };
  const hashHex = await chainHash(walk.hashHex, row);
  if (row.hashHex !== hashHex) return { position, problem: 'The event was changed.' };
  walk.hashHex = hashHex;
  walk.oldestAtMs = Math.min(walk.oldestAtMs, row.atMs);
  walk.position = position;
  walk.events++;
  return null;
}

/** Nothing proves an event before it is sealed; but a gap or a hash shows that a checkpoint is gone. */
function passUnsealedRows(
  rows: readonly AuditRow[],
  { head, rows: { length } }: RecordPage,
  walk: Walk,
): Finding | null {
  for (const row of rows) {
    const position = walk.position + 1;
    if (row.position !== position) return { position, problem: 'The event is missing.' };
    // A job may have sealed it since the verification began.
    if (row.hashHex !== null && position > (head?.position ?? 0)) {
      return { position, problem: 'The event was sealed, but its checkpoint is missing.' };
    }
    walk.position = position;
    walk.events++;
  }
  walk.complete = rows.length > 0 || length < MAX_SEGMENT_EVENTS;
  return null;
}
