import type { GrantCheck } from '../access/principal.ts';

/** A stored event. The texts are exactly as stored because the hash covers them. */
export interface AuditRow {
  /** Rises by one with each event, from 1, without gaps. */
  readonly position: number;
  readonly atMs: number;
  readonly accountId: string;
  readonly actor: string;
  readonly action: string;
  readonly outcome: string;
  readonly authorityId: string | null;
  readonly target: string | null;
  /** JSON object. */
  readonly detail: string;
  readonly requestId: string;
  readonly remoteAddress: string | null;
  readonly country: string | null;
  /** SHA-256 in hex; null until the event is sealed. */
  readonly hashHex: string | null;
}

/** A stored checkpoint. The token alone counts; the numbers only find it. */
export interface CheckpointRow {
  readonly sequence: number;
  readonly position: number;
  readonly token: string;
}

/** The hash of a sealed event. */
export interface EventHash {
  readonly position: number;
  readonly hashHex: string;
}

export interface PageRequest {
  readonly afterPosition: number;
  /** The first checkpoint. */
  readonly fromSequence: number;
  readonly maxEvents: number;
  readonly maxCheckpoints: number;
}

/** A part of the record. All of it was read at the same moment. */
export interface RecordPage {
  /** The newest checkpoint of the whole record. */
  readonly head: CheckpointRow | null;
  /** Position of the newest event; 0 if there is none. */
  readonly lastPosition: number;
  /** In order. */
  readonly rows: readonly AuditRow[];
  /** In order. */
  readonly checkpoints: readonly CheckpointRow[];
}

/** Which events a list holds; null for no filter. */
export interface AuditFilters {
  readonly target: string | null;
  readonly actor: string | null;
  readonly action: string | null;
  readonly outcome: string | null;
  readonly accountId: string | null;
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

export interface AuditListRequest {
  /** Begin behind this event in the order of the list; null for its beginning. */
  readonly afterPosition: number | null;
  readonly newestFirst: boolean;
  readonly filters: AuditFilters;
  readonly limit: number;
}

export interface AuditStore {
  /** Reads the newest checkpoint. */
  readHead(check: GrantCheck): Promise<CheckpointRow | null>;
  /** Reads the newest checkpoint and, in order, the first `limit` events after it, in one round trip. */
  readUnsealed(
    limit: number,
  ): Promise<{ readonly head: CheckpointRow | null; readonly rows: readonly AuditRow[] }>;
  /**
   * Adds a checkpoint and writes the hashes, in one batch. If `predecessor` is no longer the newest
   * checkpoint because another job sealed events, it writes nothing and returns false.
   */
  commitSeal(
    predecessor: CheckpointRow | null,
    checkpoint: CheckpointRow,
    sealed: readonly EventHash[],
  ): Promise<boolean>;
  /** Reads in one round trip. */
  readPage(request: PageRequest, check: GrantCheck): Promise<RecordPage>;
  /**
   * Lists events. It goes through a bounded part of the record: `stoppedAt` is the position that it
   * reached then, null at the end of the record.
   */
  listEvents(
    request: AuditListRequest,
    check: GrantCheck,
  ): Promise<{ readonly rows: readonly AuditRow[]; readonly stoppedAt: number | null }>;
}
