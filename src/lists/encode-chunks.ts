import { boundRevokedEntries, writeRevokedEntries } from '../x509/status/revoked-entries.ts';
import type { ListedRow, NewChunk } from './list-store.ts';

/**
 * Encodes rows, in the order of their revisions, into chunks. A chunk ends only between two revisions:
 * all rows of a revision are in the same chunk.
 */
export interface ChunkEncoder {
  add(rows: readonly ListedRow[]): NewChunk[];
  /** Returns the rest as a chunk up to `lastRevision`, or null if there is none. */
  end(lastRevision: number): NewChunk | null;
}

export interface ChunkStart {
  /** The length of all entries of the list before the first chunk. */
  readonly precedingBytes: number;
  readonly firstRevision: number;
  /** The last one in `entriesDer`; if that is empty, the one before `firstRevision`. */
  readonly lastRevision: number;
  /** The beginning of the first chunk. */
  readonly entriesDer: Uint8Array;
  readonly entries: number;
}

/**
 * @param findTarget gives the length at which a chunk ends with its revision, from the length of all
 *   entries before it
 */
export function createChunkEncoder(
  start: ChunkStart,
  findTarget: (precedingBytes: number) => number,
  makeId: () => string,
): ChunkEncoder {
  let { precedingBytes, firstRevision, lastRevision, entries } = start;
  let targetBytes = findTarget(precedingBytes);
  // One buffer for all chunks: garbage that is not collected yet would add up to the size of the list.
  let buffer = start.entriesDer;
  let bytes = buffer.length;

  function take(rows: readonly ListedRow[]): void {
    const needed = bytes + boundRevokedEntries(rows);
    // What is in `start` belongs to the caller.
    if (needed > buffer.length || buffer === start.entriesDer) {
      const roomy = Math.min(2 * buffer.length, targetBytes + SPARE_BYTES);
      const larger = new Uint8Array(Math.max(needed, roomy));
      larger.set(buffer.subarray(0, bytes));
      buffer = larger;
    }
    bytes = writeRevokedEntries(buffer, bytes, rows);
    entries += rows.length;
  }

  function cut(through: number): NewChunk {
    const chunk = {
      id: makeId(),
      firstRevision,
      lastRevision: through,
      entries,
      bytes,
      entriesDer: buffer.slice(0, bytes),
    };
    precedingBytes += bytes;
    targetBytes = findTarget(precedingBytes);
    firstRevision = through + 1;
    entries = 0;
    bytes = 0;
    return chunk;
  }

  return {
    add(rows) {
      const chunks: NewChunk[] = [];
      for (let from = 0; from < rows.length; ) {
        if (bytes >= targetBytes && rows[from]?.revision !== lastRevision) {
          chunks.push(cut(lastRevision));
        }
        const to = findRunEnd(rows, from, targetBytes - bytes, lastRevision);
        take(rows.slice(from, to));
        lastRevision = rows[to - 1]?.revision ?? lastRevision;
        from = to;
      }
      return chunks;
    },

    end: (through) => (entries === 0 ? null : cut(through)),
  };
}

/** How far the bound on the last rows may exceed the target. */
const SPARE_BYTES = 64_000;
/** Header, serial header and time of an entry; then what an extension adds. */
const ENTRY_BYTES = 20;
const REASON_BYTES = 14;
const DATE_BYTES = 26;

/** Returns the end of the rows that fill `bytes`: at least one row, up to the end of a revision. */
function findRunEnd(
  rows: readonly ListedRow[],
  from: number,
  bytes: number,
  lastRevision: number,
): number {
  let left = bytes;
  let previous = lastRevision;
  let to = from;
  for (; to < rows.length; to++) {
    const row = rows[to];
    if (row === undefined || (left <= 0 && row.revision !== previous)) break;
    left -= ENTRY_BYTES + (row.serialHex.length >> 1);
    if (row.reason !== 0) left -= REASON_BYTES;
    if (row.invalidityDateSeconds !== null) left -= DATE_BYTES;
    previous = row.revision;
  }
  return Math.max(to, from + 1);
}
