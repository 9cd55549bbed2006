/** The `crlPartition` of an authority's complete list. */
export const COMPLETE = -1;

/** What a list speaks of: an authority's certificates, all of them or those of one partition. */
export interface ListScope {
  readonly authorityId: string;
  /** From 0 on, or COMPLETE. */
  readonly crlPartition: number;
}

/** One revoked certificate as lists hold it. */
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

/** Rows in the order of revision and serial number, behind a place in it. */
export interface RowRange {
  readonly afterRevision: number;
  /** Behind this one within `afterRevision`; null: behind all of that revision. */
  readonly afterSerialHex: string | null;
  readonly throughRevision: number;
}

/** Entries that were encoded once, of all rows of a scope that have a revision in its range. */
export interface Chunk {
  readonly id: string;
  readonly firstRevision: number;
  readonly lastRevision: number;
  readonly entries: number;
  /** Of the entries in DER. */
  readonly bytes: number;
}

export interface StoredChunk extends Chunk {
  /** Whether a row has left the range since. */
  readonly isStale: boolean;
  /** The entries in base64; null where they are to be read apart, since all together are too much. */
  readonly body: string | null;
}

export interface NewChunk extends Chunk {
  readonly entriesDer: Uint8Array;
}

export interface ListTimes {
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
}

/** A full list as it is stored. Its DER is the head, the entries of its chunks and the trailer. */
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

/** What all reads of a scope tell of it. */
export interface ScopeState {
  /** The authority's revocation revision. */
  readonly revision: number;
  /** The newest revision that changed the scope: what its list must hold. */
  readonly scopeRevision: number;
  /** Rises whenever a row leaves the range of a chunk. */
  readonly removals: number;
  /** How many certificates the authority has reserved room for in partitions. */
  readonly reservedSlots: number;
  /** Number of the last list, full or delta; 0 before the first. */
  readonly lastNumber: number;
  readonly base: ListBase | null;
}

export interface ListSnapshot extends ScopeState {
  readonly list: StoredList | null;
  /** In their order, also where there is no list. */
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
  /** Null also where the delta was made before the full list. */
  readonly delta: StoredDelta | null;
}

export interface ListCommit {
  readonly scope: ListScope;
  /** What the list was built from: the commit is refused where these are no longer what they were. */
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
  /** The newest revision that changed the scope, or null where there is no such authority. */
  findRevision(scope: ListScope): Promise<number | null>;
  /**
   * The newest list of the scope and what it must hold, read together in one round trip.
   * @throws SignetError authority-not-found
   */
  findList(scope: ListScope): Promise<ListSnapshot>;
  /** The entries of a chunk in base64, or null where it is there no more. */
  readChunk(id: string): Promise<string | null>;
  /** A chunk whose range begins with `firstRevision` and that is not stale, the longest there is. */
  findSpareChunk(
    scope: ListScope,
    firstRevision: number,
    throughRevision: number,
  ): Promise<Chunk | null>;
  /** The rows of each range in one round trip, `limit` of each at most. */
  readRows(
    scope: ListScope,
    ranges: readonly RowRange[],
    limit: number,
  ): Promise<readonly (readonly ListedRow[])[]>;
  /**
   * Stores a chunk that no list names yet; it is removed again where none does within minutes.
   * False where rows left their ranges since `removals`.
   */
  storeChunk(scope: ListScope, chunk: NewChunk, removals: number, atMs: number): Promise<boolean>;
  /** False where another build was first or rows left their ranges meanwhile. */
  commitList(commit: ListCommit): Promise<boolean>;
  /** @throws SignetError authority-not-found */
  findDelta(scope: ListScope): Promise<DeltaSnapshot>;
  /** What changed after a revision, read together; of each kind `limit` at most. */
  readChanges(scope: ListScope, afterRevision: number, limit: number): Promise<Changes>;
  /** Makes `delta` the newest where the last number is still the one before it. */
  commitDelta(scope: ListScope, delta: StoredDelta): Promise<boolean>;
  /** Partitions with entries whose lists end by `throughSeconds` and before `endSeconds`, soonest first. */
  listEnding(
    authorityId: string,
    throughSeconds: number,
    endSeconds: number,
    limit: number,
  ): Promise<readonly number[]>;
  /**
   * Makes the next complete list's number higher than `number`, which another CA used for this
   * authority's last list. Where that raises it, the stored list is dropped, so that a new one is built.
   */
  raiseCrlNumber(authorityId: string, number: number): Promise<void>;
}
