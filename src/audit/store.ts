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

/** The last sealed event; position 0 and 32 zero bytes if there is none. */
export interface AuditHead {
  readonly position: number;
  readonly hashHex: string;
}

/** An authority's signature that the chain had this head at that time. */
export interface AuditCheckpoint extends AuditHead {
  readonly authorityId: string;
  readonly signedAtMs: number;
  /** The signature as X.509 encodes it; not decoded, so that a damaged one can be reported. */
  readonly signatureBase64: string;
}

export interface AuditState {
  readonly head: AuditHead;
  /** Position of the newest checkpoint; 0 if there is none. */
  readonly checkpointPosition: number;
  /** Position of the newest event; 0 if there is none. */
  readonly lastPosition: number;
}

export interface AuditStore {
  /**
   * Reads the state in one round trip.
   * @param check the caller's grant; jobs have none
   */
  readState(check?: GrantCheck): Promise<AuditState>;
  /** Reads the head and, in order, the first `limit` events after it, in one round trip. */
  readUnsealed(
    limit: number,
  ): Promise<{ readonly head: AuditHead; readonly rows: readonly AuditRow[] }>;
  /**
   * Writes the hashes and moves the head from `from` to the last of `sealed`, in one batch. If the
   * head is no longer `from` because another job sealed events, it writes nothing and returns false.
   */
  commitSeal(from: AuditHead, sealed: readonly AuditHead[]): Promise<boolean>;
  /** Writes nothing if the position already has a checkpoint. */
  addCheckpoint(checkpoint: AuditCheckpoint): Promise<void>;
  /**
   * Reads events and checkpoints with `afterPosition` < position <= `throughPosition`, in order, in
   * one round trip.
   */
  readRange(
    afterPosition: number,
    throughPosition: number,
  ): Promise<{
    readonly rows: readonly AuditRow[];
    readonly checkpoints: readonly AuditCheckpoint[];
  }>;
  /** Lists the first `limit` events after `afterPosition`, in order. */
  listEvents(afterPosition: number, limit: number, check: GrantCheck): Promise<readonly AuditRow[]>;
}
