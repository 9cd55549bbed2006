/** The `crlPartition` of an authority's complete list. */
export const COMPLETE = -1;

/** The certificates that a list covers: all of an authority, or those of one partition. */
export interface ListScope {
  readonly authorityId: string;
  /** 0 or more, or COMPLETE. */
  readonly crlPartition: number;
}

/** A revoked certificate, as an entry of a list. */
export interface ListedRow {
  /** The authority's revocation revision at the row's last change. */
  readonly revision: number;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly revokedAtSeconds: number;
  /** CRLReason number. */
  readonly reason: number;
  readonly invalidityDateSeconds: number | null;
}

/** Rows after a position in the order of revision and serial number. */
export interface RowRange {
  readonly afterRevision: number;
  /** After this serial within `afterRevision`; null: after all of that revision. */
  readonly afterSerialHex: string | null;
  readonly throughRevision: number;
}

/** Encoded entries of all rows of a scope in a range of revisions. */
export interface Chunk {
  readonly id: string;
  readonly firstRevision: number;
  readonly lastRevision: number;
  readonly entries: number;
  /** Length of the entries in DER. */
  readonly bytes: number;
}

/** A chunk whose entries are in memory, or only in the record. */
export interface ReadableChunk extends Chunk {
  /** Null if they are only in the record. */
  readonly entriesDer: Uint8Array | null;
}

/** The entries of a chunk are only in the record if all chunks together are too large. */
export interface StoredChunk extends ReadableChunk {
  /** Whether a row has left the range since it was encoded. */
  readonly isStale: boolean;
}

/** The entries of chunks in DER, by id. */
export type ChunkEntries = ReadonlyMap<string, Uint8Array>;

export const NO_ENTRIES: ChunkEntries = new Map();

export interface NewChunk extends Chunk {
  readonly entriesDer: Uint8Array;
}

export interface ListTimes {
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
}

/** A stored full list. Its DER is the head, the entries of its chunks and the trailer. */
export interface StoredList extends ListTimes {
  readonly number: number;
  /** The authority's revocation revision that the list holds. */
  readonly revision: number;
  readonly byteLength: number;
  readonly headDer: Uint8Array;
  readonly trailerDer: Uint8Array;
}

/** The full list that deltas of a scope refer to. */
export interface ListBase {
  readonly number: number;
  readonly revision: number;
  readonly nextUpdateSeconds: number;
}

/** The state of a scope, which all reads return. */
export interface ScopeState {
  /** The authority's revocation revision. */
  readonly revision: number;
  /** The newest revision that changed the scope. Its list must hold it. */
  readonly scopeRevision: number;
  /** Rises whenever a row leaves the range of a chunk. */
  readonly removals: number;
  /** How many slots of partitions the authority has reserved. */
  readonly reservedSlots: number;
  /** Number of the last list, full or delta; 0 before the first. */
  readonly lastNumber: number;
  /** Of the newest full list; 0 without one. */
  readonly entries: number;
  readonly base: ListBase | null;
}

export interface ListSnapshot extends ScopeState {
  readonly list: StoredList | null;
  /** In order; there may be some without a list. */
  readonly chunks: readonly StoredChunk[];
}

export interface StoredDelta extends ListTimes {
  readonly number: number;
  readonly revision: number;
  readonly crlDer: Uint8Array;
}

export interface DeltaSnapshot extends ScopeState {
  /** Whether there is a full list. */
  readonly hasList: boolean;
  /** Null if there is none, or if it is older than the full list. */
  readonly delta: StoredDelta | null;
}

export interface ListCommit {
  readonly scope: ListScope;
  /** The state that the list was built from. If it has changed, the commit is refused. */
  readonly lastNumber: number;
  readonly removals: number;
  /** Its number is the next one. */
  readonly list: StoredList;
  readonly entries: number;
  readonly isBase: boolean;
  readonly chunks: readonly Chunk[];
  /** Those of `chunks` that are not stored yet. */
  readonly newChunks: readonly NewChunk[];
  readonly atMs: number;
}

export interface Changes {
  /** The authority's revocation revision that the changes lead to. */
  readonly revision: number;
  readonly revoked: readonly ListedRow[];
  readonly released: readonly { readonly serialHex: string; readonly releasedAtSeconds: number }[];
}

export interface CrlStore {
  /** Returns the newest revision that changed the scope, or null if there is no such authority. */
  findScopeRevision(scope: ListScope): Promise<number | null>;
  /**
   * Reads the newest list of the scope and its state, in one round trip.
   * @param held entries in memory, which are not read again
   * @throws SignetError authority-not-found
   */
  findList(scope: ListScope, held: ChunkEntries): Promise<ListSnapshot>;
  /** Returns the entries of these chunks, without those that were deleted. */
  readChunks(ids: readonly string[]): Promise<ChunkEntries>;
  /**
   * Returns the longest chunk that begins with `firstRevision` and is not stale, of those that no list
   * has named yet.
   */
  findSpareChunk(
    scope: ListScope,
    firstRevision: number,
    throughRevision: number,
  ): Promise<Chunk | null>;
  /** Returns at most `limit` rows of each range, in one round trip. */
  readRows(
    scope: ListScope,
    ranges: readonly RowRange[],
    limit: number,
  ): Promise<readonly (readonly ListedRow[])[]>;
  /**
   * Stores chunks that no list uses yet. They are deleted if none does within minutes. Returns false and
   * stores none if rows left their ranges since `removals`.
   */
  storeChunks(
    scope: ListScope,
    chunks: readonly NewChunk[],
    removals: number,
    atMs: number,
  ): Promise<boolean>;
  /** Returns false if another build was first or rows left their ranges meanwhile. */
  commitList(commit: ListCommit): Promise<boolean>;
  /** @throws SignetError authority-not-found */
  findDelta(scope: ListScope): Promise<DeltaSnapshot>;
  /** Returns the changes after a revision, at most `limit` of each kind. */
  readChanges(scope: ListScope, afterRevision: number, limit: number): Promise<Changes>;
  /** Stores `delta` if its number is the next one. */
  commitDelta(scope: ListScope, delta: StoredDelta): Promise<boolean>;
  /** Partitions with entries whose lists end by `throughSeconds` and before `endSeconds`, soonest first. */
  listEnding(
    authorityId: string,
    throughSeconds: number,
    endSeconds: number,
    limit: number,
  ): Promise<readonly number[]>;
  /**
   * Makes the next complete list's number higher than `number`, the last one used elsewhere. If that
   * raises it, the stored list is deleted, so that a new one is built.
   */
  raiseCrlNumber(authorityId: string, number: number): Promise<void>;
}
