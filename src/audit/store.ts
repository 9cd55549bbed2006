import type { GrantCheck } from '../access/principal.ts';

/** An event as it is recorded: texts exactly as stored, since the chain is built over them. */
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
  /** Hex of SHA-256; null until the sealer came by. */
  readonly hashHex: string | null;
}

/** Where the chain ends: position 0 and 32 zero bytes before the first event is sealed. */
export interface AuditHead {
  readonly position: number;
  readonly hashHex: string;
}

/** The authority's word that the chain had this head at that time. */
export interface AuditCheckpoint extends AuditHead {
  readonly authorityId: string;
  readonly signedAtMs: number;
  /** The signature in X.509's form; as stored, so that a damaged one can be told of. */
  readonly signatureBase64: string;
}

export interface AuditState {
  readonly head: AuditHead;
  /** Position of the newest checkpoint, 0 where there is none. */
  readonly checkpointPosition: number;
  /** Position of the newest event, 0 where there is none. */
  readonly lastPosition: number;
}

export interface AuditStore {
  /**
   * Read together in one round trip.
   * @param check the grant of whoever asks; left out by jobs
   */
  readState(check?: GrantCheck): Promise<AuditState>;
  /** The head and, in order, the first `limit` events behind it, read together. */
  readUnsealed(
    limit: number,
  ): Promise<{ readonly head: AuditHead; readonly rows: readonly AuditRow[] }>;
  /**
   * Writes the hashes and moves the head from `from` to the last of `sealed`, in one batch, where the head still is
   * `from` (compare-and-swap). False, and nothing written, where another sealer was first.
   */
  commitSeal(from: AuditHead, sealed: readonly AuditHead[]): Promise<boolean>;
  /** Nothing is written where that position has a checkpoint already. */
  addCheckpoint(checkpoint: AuditCheckpoint): Promise<void>;
  /** What lies in `afterPosition` < position <= `throughPosition`, in order, read together. */
  readRange(
    afterPosition: number,
    throughPosition: number,
  ): Promise<{
    readonly rows: readonly AuditRow[];
    readonly checkpoints: readonly AuditCheckpoint[];
  }>;
  /** The first `limit` events with a position above `afterPosition`, in order. */
  listEvents(afterPosition: number, limit: number, check: GrantCheck): Promise<readonly AuditRow[]>;
}
