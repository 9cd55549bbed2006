import { chainHash, GENESIS_HASH_HEX } from '../../src/audit/chain.ts';
import {
  type Checkpoint,
  type CheckpointKeys,
  hashToken,
  readCheckpoint,
  signCheckpoint,
} from '../../src/audit/checkpoint.ts';
import { deriveAuditKeys } from '../../src/keys/derive-audit-keys.ts';
import { createAuditStore } from '../../src/store/audit.ts';
import { NO_AUDIT_FILTERS, ROOT_ACCESS } from '../store/database.ts';

/** Keys as the Worker derives them, from a SEALING_KEY of one repeated byte for each version. */
export function deriveTestKeys(...fills: readonly number[]) {
  return deriveAuditKeys(
    new Map(fills.map((fill, index) => [index + 1, new Uint8Array(32).fill(fill)])),
  );
}

async function listAll(db: D1Database, limit: number) {
  const request = { afterPosition: 0, newestFirst: false, filters: NO_AUDIT_FILTERS, limit };
  return (await createAuditStore(db).listEvents(request, ROOT_ACCESS)).rows;
}

/** Writes the hash of every event up to a position, as an attacker can. Returns the last one. */
export async function rechain(db: D1Database, throughPosition: number): Promise<string> {
  const rows = await listAll(db, throughPosition);
  const updates: D1PreparedStatement[] = [];
  let hashHex = GENESIS_HASH_HEX;
  for (const row of rows) {
    hashHex = await chainHash(hashHex, row);
    updates.push(
      db
        .prepare('UPDATE audit_events SET hash = ?1 WHERE position = ?2')
        .bind(hashHex, row.position),
    );
  }
  await db.batch(updates);
  return hashHex;
}

/** Gives the events from a position on another position, so that one can be inserted or removed before them. */
export async function shiftEvents(db: D1Database, fromPosition: number, by: 1 | -1): Promise<void> {
  await db.batch([
    db
      .prepare('UPDATE audit_events SET position = -position - ?2 WHERE position >= ?1')
      .bind(fromPosition, by),
    db.prepare('UPDATE audit_events SET position = -position WHERE position < 0'),
  ]);
}

/** Replaces the checkpoints by one of a key that is not configured. */
export async function resignAll(db: D1Database, position: number, hashHex: string): Promise<void> {
  const { current } = await deriveTestKeys(0x66);
  if (current === null) throw new Error('no key');
  const row = await signCheckpoint(current, {
    sequence: 1,
    position,
    hashHex,
    predecessorHex: GENESIS_HASH_HEX,
    signedAtMs: 0,
  });
  await db.batch([
    db.prepare('DELETE FROM audit_checkpoints'),
    db
      .prepare('INSERT INTO audit_checkpoints (sequence, position, token) VALUES (?1, ?2, ?3)')
      .bind(row.sequence, row.position, row.token),
  ]);
}

/** Seals every event with a checkpoint of its own, as the job does if events are rare. */
export async function sealEach(db: D1Database, { current }: CheckpointKeys): Promise<void> {
  if (current === null) throw new Error('no key');
  const rows = await listAll(db, 1000);
  const statements: D1PreparedStatement[] = [];
  let hashHex = GENESIS_HASH_HEX;
  let token: string | null = null;
  for (const row of rows) {
    const { position } = row;
    hashHex = await chainHash(hashHex, row);
    const facts = { sequence: position, position, hashHex, signedAtMs: 0 };
    const predecessorHex = await hashToken(token);
    ({ token } = await signCheckpoint(current, { ...facts, predecessorHex }));
    statements.push(
      db.prepare('UPDATE audit_events SET hash = ?1 WHERE position = ?2').bind(hashHex, position),
      db.prepare('INSERT INTO audit_checkpoints VALUES (?1, ?1, ?2)').bind(position, token),
    );
  }
  await db.batch(statements);
}

export async function readStoredCheckpoint(db: D1Database, sequence: number): Promise<Checkpoint> {
  const token = await db
    .prepare('SELECT token FROM audit_checkpoints WHERE sequence = ?1')
    .bind(sequence)
    .first<string>('token');
  const checkpoint = token === null ? null : readCheckpoint(token);
  if (checkpoint === null) throw new Error(`no checkpoint ${sequence}`);
  return checkpoint;
}
