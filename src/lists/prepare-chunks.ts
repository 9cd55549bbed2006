import { SignetError } from '../errors.ts';
import { type ChunkEncoder, createChunkEncoder } from './encode-chunks.ts';
import type {
  CrlStore,
  ListedRow,
  ListScope,
  ListSnapshot,
  NewChunk,
  ReadableChunk,
  RowRange,
  StoredChunk,
} from './list-store.ts';
import { readBodies } from './read-bodies.ts';

export interface ChunkDependencies {
  readonly store: CrlStore;
  /** Unix ms. */
  readonly clock: () => number;
  /** Never the same twice. */
  readonly randomId: () => string;
  readonly limits: ListLimits;
}

/** A chunk of the list being built. */
export interface PreparedChunk extends ReadableChunk {
  readonly isStored: boolean;
}

export interface ListLimits {
  /** The rows of one read. */
  readonly pageRows: number;
  /** The most bytes of new chunks in memory before they are stored, beside the list itself. */
  readonly heldBytes: number;
  /** Returns the length that a chunk should have, given the length of all entries before it. */
  readonly chunkBytes: (precedingBytes: number) => number;
}

export const LIST_LIMITS: ListLimits = {
  /** About 300 KB of text. */
  pageRows: 5000,
  heldBytes: 1_100_000,
  /**
   * One more entry writes the last chunk again, so it should be short; but each chunk is a row to read. So
   * a chunk has a sixteenth of the entries before it: a list of 38 MB has 85. The base64 of the longest
   * stays below 1.4 MB even if its last revision has a thousand rows; D1 takes 2 MB per value.
   */
  chunkBytes: (precedingBytes) => Math.min(Math.max(precedingBytes / 16, 64_000), 960_000),
};

/** The most stale rows in the first round trip, beside the first page of new ones. */
const FIRST_ROWS = 20_000;

/** A range of revisions to encode. `carried` holds its first rows already. */
interface Segment {
  readonly firstRevision: number;
  readonly throughRevision: number;
  readonly carried: StoredChunk | null;
  /** The count of rows when they were encoded last; null for new rows. */
  readonly entries: number | null;
  readonly bytes: number;
}

type Part = { readonly kept: StoredChunk } | { readonly segment: Segment };

/**
 * Prepares the chunks of a list as of `snapshot`: reuses those that are not stale, and encodes the
 * others from rows. Returns null if rows left their ranges or a chunk was deleted meanwhile.
 * @throws SignetError record-unavailable after `deadlineMs`; the next attempt continues from there
 */
export async function prepareChunks(
  dependencies: ChunkDependencies,
  scope: ListScope,
  snapshot: ListSnapshot,
  deadlineMs: number,
): Promise<PreparedChunk[] | null> {
  const parts = planParts(snapshot, dependencies.limits);
  const firstPages = await readFirstPages(dependencies, scope, parts);
  const work: Work = { dependencies, scope, snapshot, deadlineMs, prepared: [] };
  for (const part of parts) {
    if ('kept' in part) {
      work.prepared.push({ ...part.kept, isStored: true });
    } else if (!(await encodeSegment(work, part.segment, firstPages.get(part) ?? null))) {
      return null;
    }
  }
  return work.prepared;
}

interface Work {
  readonly dependencies: ChunkDependencies;
  readonly scope: ListScope;
  readonly snapshot: ListSnapshot;
  readonly deadlineMs: number;
  readonly prepared: PreparedChunk[];
}

/** Makes segments of stale chunks, of small chunks beside them, and of the new rows at the end. */
function planParts({ chunks, revision }: ListSnapshot, { chunkBytes }: ListLimits): Part[] {
  const parts: Part[] = [];
  let bytes = 0;
  /** The target of the last part. */
  let target = 0;
  for (const chunk of chunks) {
    const before = parts.at(-1);
    const joined = before === undefined ? null : joinSmall(before, chunk, target);
    if (joined !== null) {
      parts.splice(-1, 1, { segment: joined });
    } else {
      parts.push(chunk.isStale ? { segment: segmentOf(chunk) } : { kept: chunk });
      target = chunkBytes(bytes);
    }
    bytes += chunk.bytes;
  }
  const last = parts.at(-1);
  const through = chunks.at(-1)?.lastRevision ?? -1;
  if (through >= revision) return parts;
  if (last !== undefined && 'segment' in last) {
    parts.splice(-1, 1, { segment: { ...last.segment, throughRevision: revision } });
  } else {
    const open = last !== undefined && last.kept.bytes < target ? last.kept : null;
    if (open !== null) parts.pop();
    parts.push({
      segment: {
        firstRevision: open?.firstRevision ?? through + 1,
        throughRevision: revision,
        carried: open,
        entries: null,
        bytes: 0,
      },
    });
  }
  return parts;
}

function segmentOf(chunk: StoredChunk): Segment {
  return {
    firstRevision: chunk.firstRevision,
    throughRevision: chunk.lastRevision,
    carried: null,
    entries: chunk.entries,
    bytes: chunk.bytes,
  };
}

/** Joins two small neighbours into one segment if one of them is encoded anyway. */
function joinSmall(before: Part, chunk: StoredChunk, target: number): Segment | null {
  const left = 'kept' in before ? segmentOf(before.kept) : before.segment;
  if ('kept' in before && !chunk.isStale) return null;
  if (left.bytes + chunk.bytes > target / 2) return null;
  return {
    ...left,
    throughRevision: chunk.lastRevision,
    entries: (left.entries ?? 0) + chunk.entries,
    bytes: left.bytes + chunk.bytes,
  };
}

/** Reads the new rows, and as many stale ones as fit into one read. */
async function readFirstPages(
  { store, limits }: ChunkDependencies,
  scope: ListScope,
  parts: readonly Part[],
): Promise<ReadonlyMap<Part, readonly ListedRow[]>> {
  const read: { readonly part: Part; readonly segment: Segment }[] = [];
  let rows = 0;
  for (const part of parts) {
    if ('kept' in part) continue;
    rows += part.segment.entries ?? 0;
    if (part.segment.entries === null || rows <= FIRST_ROWS) {
      read.push({ part, segment: part.segment });
    }
  }
  if (read.length === 0) return new Map();
  const pages = await store.readRows(
    scope,
    read.map(({ segment }) => ({
      afterRevision: segment.carried?.lastRevision ?? segment.firstRevision - 1,
      afterSerialHex: null,
      throughRevision: segment.throughRevision,
    })),
    limits.pageRows,
  );
  return new Map(read.map(({ part }, i) => [part, pages[i] ?? []]));
}

/** Returns false if the list cannot be built from this snapshot any more. */
async function encodeSegment(
  work: Work,
  segment: Segment,
  firstPage: readonly ListedRow[] | null,
): Promise<boolean> {
  const { dependencies, scope, prepared } = work;
  const { store, limits, randomId } = dependencies;
  const { carried, throughRevision } = segment;
  if (carried !== null && firstPage?.length === 0) {
    prepared.push({ ...carried, isStored: true });
    return true;
  }
  let encoder: ChunkEncoder | null = null;
  let next = carried?.lastRevision ?? segment.firstRevision - 1;
  if (carried !== null) {
    const entriesDer = (await readBodies(store, [carried]).next()).value ?? null;
    if (entriesDer === null) return false;
    const start = { ...carried, precedingBytes: countBytes(prepared), entriesDer };
    encoder = createChunkEncoder(start, limits.chunkBytes, randomId);
  }
  let afterSerialHex: string | null = null;
  let page: readonly ListedRow[] | null = firstPage;
  for (;;) {
    if (encoder === null) {
      // Many rows are left. An earlier build may have encoded some of them.
      const spare = isShort(page, limits)
        ? null
        : await store.findSpareChunk(scope, next + 1, throughRevision);
      if (spare !== null) {
        prepared.push({ ...spare, entriesDer: null, isStored: true });
        next = spare.lastRevision;
        page = null;
        if (next >= throughRevision) return true;
        continue;
      }
      const start = {
        precedingBytes: countBytes(prepared),
        firstRevision: next + 1,
        lastRevision: next,
        entries: 0,
        entriesDer: new Uint8Array(0),
      };
      encoder = createChunkEncoder(start, limits.chunkBytes, randomId);
    }
    if (page === null) {
      const range: RowRange = { afterRevision: next, afterSerialHex, throughRevision };
      page = (await store.readRows(scope, [range], limits.pageRows))[0] ?? [];
    }
    for (const chunk of encoder.add(page)) if (!(await hold(work, chunk))) return false;
    if (isShort(page, limits)) break;
    const last: ListedRow | undefined = page.at(-1);
    next = last?.revision ?? next;
    afterSerialHex = last?.serialHex ?? null;
    page = null;
  }
  const rest = encoder.end(throughRevision);
  return rest === null || hold(work, rest);
}

/** Whether no rows follow the page. */
function isShort(page: readonly ListedRow[] | null, { pageRows }: ListLimits): boolean {
  return page !== null && page.length < pageRows;
}

/** Returns the chunks that are not stored yet. */
export function listNew(prepared: readonly PreparedChunk[]): NewChunk[] {
  return prepared.flatMap(({ isStored, entriesDer, ...chunk }) =>
    isStored || entriesDer === null ? [] : [{ ...chunk, entriesDer }],
  );
}

function countBytes(prepared: readonly PreparedChunk[]): number {
  return prepared.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Keeps a new chunk in memory. If too much is in memory, stores all new chunks, in one round trip. */
async function hold(work: Work, chunk: NewChunk): Promise<boolean> {
  const { dependencies, scope, snapshot, prepared } = work;
  prepared.push({ ...chunk, isStored: false });
  const held = listNew(prepared);
  const bytes = held.reduce((sum, each) => sum + each.bytes, 0);
  if (bytes <= dependencies.limits.heldBytes) return true;
  const { removals } = snapshot;
  if (!(await dependencies.store.storeChunks(scope, held, removals, dependencies.clock()))) {
    return false;
  }
  for (const [i, each] of prepared.entries()) {
    if (!each.isStored) prepared[i] = { ...each, entriesDer: null, isStored: true };
  }
  if (dependencies.clock() > work.deadlineMs) {
    throw new SignetError(
      'record-unavailable',
      'The revocation list is long and still being built. Try again.',
    );
  }
  return true;
}
