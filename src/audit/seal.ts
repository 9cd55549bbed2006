import { SignetError } from '../errors.ts';
import { chainHash, GENESIS_HASH_HEX } from './chain.ts';
import {
  type CheckpointKeys,
  type Finding,
  hashToken,
  openHead,
  type ReadCheckpoint,
  signCheckpoint,
} from './checkpoint.ts';
import type { AuditRow, AuditStore, EventHash } from './store.ts';

export interface SealDependencies {
  readonly store: AuditStore;
  /** Unix ms. */
  readonly clock: () => number;
  readonly keys: CheckpointKeys;
}

export interface SealReport {
  /** The number of events that this call sealed. */
  readonly sealed: number;
  readonly sealedThrough: number;
  /** The newest checkpoint. The job's report puts it into the log, which write access to D1 cannot change. */
  readonly checkpoint?: string;
  /** Why nothing can be sealed. */
  readonly problem?: string;
}

/** A checkpoint covers at most so many events. */
export const MAX_SEGMENT_EVENTS = 500;
/** Each page takes two queries; the free plan allows 50 per run. */
const MAX_PAGES = 20;

/**
 * Seals up to 10,000 events: writes their hashes, and signs a checkpoint for each 500. Several calls
 * may run at the same time. An event without a hash is not sealed yet, so everything that was signed
 * before is in the newest checkpoint: this verifies it before it signs the next one.
 * @throws SignetError audit-broken if the newest checkpoint, or an event after it, is not right
 */
export async function sealAuditEvents(dependencies: SealDependencies): Promise<SealReport> {
  const { store, keys } = dependencies;
  let sealed = 0;
  let head: ReadCheckpoint | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const unsealed = await store.readUnsealed(MAX_SEGMENT_EVENTS);
    const opened = await openHead(keys, unsealed.head);
    if ('problem' in opened) throw broken(opened);
    head = opened.head;
    if (keys.current === null) break;
    const finding = findUnsealable(head, unsealed.rows);
    const rows = unsealed.rows.filter(
      ({ position }) => finding === null || position < finding.position,
    );
    if (rows.length === 0) {
      if (finding !== null) throw broken(finding);
      // The first checkpoint of a new key: from then on, the old key can be removed.
      if (head === null || head.publicKey === keys.current.publicKey) break;
    }
    if (await sealRows(dependencies, keys.current, head, rows)) sealed += rows.length;
  }
  return {
    sealed,
    sealedThrough: head?.position ?? 0,
    ...(head === null ? {} : { checkpoint: head.token }),
    ...(keys.current === null
      ? { problem: 'SEALING_KEY is not set, so the audit record cannot be sealed.' }
      : {}),
  };
}

/** Finds out why the job cannot seal, or returns null. Looks at the newest checkpoint and one event. */
export async function findSealingProblem({
  store,
  keys,
}: Pick<SealDependencies, 'store' | 'keys'>): Promise<Finding | null> {
  const { head, rows } = await store.readUnsealed(1);
  const opened = await openHead(keys, head);
  return 'problem' in opened ? opened : findUnsealable(opened.head, rows);
}

/** Finds the first event that must not be sealed: one after a gap, or one that has a hash already. */
function findUnsealable(head: ReadCheckpoint | null, rows: readonly AuditRow[]): Finding | null {
  let position = head?.position ?? 0;
  for (const row of rows) {
    position++;
    if (row.position !== position) return { position, problem: 'The event is missing.' };
    if (row.hashHex !== null) {
      return { position, problem: 'The event was sealed, but its checkpoint is missing.' };
    }
  }
  return null;
}

async function sealRows(
  { store, clock }: SealDependencies,
  signer: NonNullable<CheckpointKeys['current']>,
  head: ReadCheckpoint | null,
  rows: readonly AuditRow[],
): Promise<boolean> {
  const hashes: EventHash[] = [];
  let hashHex = head?.hashHex ?? GENESIS_HASH_HEX;
  for (const row of rows) {
    hashHex = await chainHash(hashHex, row);
    hashes.push({ position: row.position, hashHex });
  }
  const checkpoint = await signCheckpoint(signer, {
    sequence: (head?.sequence ?? 0) + 1,
    position: (head?.position ?? 0) + rows.length,
    hashHex,
    predecessorHex: await hashToken(head?.token ?? null),
    signedAtMs: clock(),
  });
  return store.commitSeal(head, checkpoint, hashes);
}

function broken({ position, problem }: Finding): SignetError {
  return new SignetError(
    'audit-broken',
    `The audit record is not right at position ${position}, so nothing more is sealed. ${problem}`,
  );
}
