import { chainHash, checkpointMessage } from './chain.ts';
import type { AuditHead, AuditRow, AuditStore } from './store.ts';

export interface CheckpointSigner {
  readonly authorityId: string;
  /** Returns the signature as X.509 encodes it. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface SealDependencies {
  readonly store: AuditStore;
  /** Unix ms. */
  readonly clock: () => number;
  /** Null if no authority can sign now: events are sealed without a new checkpoint. */
  readonly signer: CheckpointSigner | null;
}

export interface SealReport {
  /** The number of events that this call sealed. */
  readonly sealed: number;
  readonly sealedThrough: number;
  readonly checkpointSigned: boolean;
}

const PAGE_EVENTS = 500;
/** Each page takes two queries; the free plan allows 50 per run. */
const MAX_PAGES = 20;

/**
 * Seals up to 10,000 events and signs a checkpoint of the new head. Several calls may run at the same
 * time.
 */
export async function sealAuditEvents(dependencies: SealDependencies): Promise<SealReport> {
  const { store } = dependencies;
  let sealed = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { head, rows } = await store.readUnsealed(PAGE_EVENTS);
    if (rows.length === 0) break;
    const links = await chainRows(head, rows);
    if (await store.commitSeal(head, links)) sealed += links.length;
    if (rows.length < PAGE_EVENTS) break;
  }
  const { head, checkpointPosition } = await store.readState();
  const checkpointSigned =
    head.position > checkpointPosition && (await signCheckpoint(dependencies, head));
  return { sealed, sealedThrough: head.position, checkpointSigned };
}

async function chainRows(head: AuditHead, rows: readonly AuditRow[]): Promise<AuditHead[]> {
  const links: AuditHead[] = [];
  let { hashHex } = head;
  for (const row of rows) {
    hashHex = await chainHash(hashHex, row);
    links.push({ position: row.position, hashHex });
  }
  return links;
}

async function signCheckpoint(
  { store, clock, signer }: SealDependencies,
  head: AuditHead,
): Promise<boolean> {
  if (signer === null) return false;
  const signedAtMs = clock();
  const signature = await signer.sign(checkpointMessage(head, signedAtMs));
  await store.addCheckpoint({
    ...head,
    authorityId: signer.authorityId,
    signedAtMs,
    signatureBase64: signature.toBase64(),
  });
  return true;
}
