import { boundRevokedEntries, writeRevokedEntries } from '../x509/status/revoked-entries.ts';
import type { ListedRow, NewChunk } from './list-store.ts';

/**
 * Makes chunks of rows that come in the order of their revisions. A chunk ends between two
 * revisions only: all rows of one lie in the same.
 */
export interface ChunkEncoder {
  add(rows: readonly ListedRow[]): NewChunk[];
  /** What is left, as a chunk that reaches `lastRevision`; null where it would be empty. */
  end(lastRevision: number): NewChunk | null;
}

export interface ChunkStart {
  readonly firstRevision: number;
  /** Of what is in `entriesDer`; the one before `firstRevision` where that is empty. */
  readonly lastRevision: number;
  /** What the first chunk begins with. */
  readonly entriesDer: Uint8Array;
  readonly entries: number;
}

/** @param targetBytes once a chunk has so many, the next revision begins another */
export function createChunkEncoder(
  start: ChunkStart,
  targetBytes: number,
  makeId: () => string,
): ChunkEncoder {
  let { firstRevision, lastRevision, entries } = start;
  // One buffer for all chunks: what is garbage only once the collector comes would add up to the list.
  let buffer = start.entriesDer;
  let bytes = buffer.length;

  function take(rows: readonly ListedRow[]): void {
    const needed = bytes + boundRevokedEntries(rows);
    if (needed > buffer.length) {
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

/** What the bound on the last rows may go over the target. */
const SPARE_BYTES = 64_000;
/** Header, serial header, and time of an entry; what an extension adds. */
const ENTRY_BYTES = 20;
const REASON_BYTES = 14;
const DATE_BYTES = 26;

/** Where the rows that fill `bytes` end, at the end of a revision or of `rows`; one row at least. */
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
