import type { GrantCheck } from '../access/principal.ts';
import type { AuditCheckpoint, AuditHead, AuditRow, AuditStore } from '../audit/store.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

const COLUMNS = `position, at_ms, account_id, actor, action, outcome, authority_id, target, detail,
  request_id, remote_address, country, hash` as const;

export const AUDIT_SQL = {
  readState: sql(`SELECT position, hash,
  COALESCE((SELECT MAX(position) FROM audit_checkpoints), 0) AS checkpoint_position,
  COALESCE((SELECT MAX(position) FROM audit_events), 0) AS last_position
FROM audit_head WHERE id = 1`),
  readHead: sql('SELECT position, hash FROM audit_head WHERE id = 1'),
  readUnsealed: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position > (SELECT audit_head.position FROM audit_head WHERE audit_head.id = 1)
ORDER BY position LIMIT :limit`),
  moveHead: sql(`UPDATE audit_head SET position = :toPosition, hash = :toHashHex
WHERE id = 1 AND position = :fromPosition AND hash = :fromHashHex`),
  writeHashes: sql(`UPDATE audit_events SET hash = link.value ->> 1
FROM json_each(:links) AS link
WHERE audit_events.position = link.value ->> 0
  AND EXISTS (
    SELECT 1 FROM audit_head
    WHERE audit_head.id = 1 AND audit_head.position = :toPosition
      AND audit_head.hash = :toHashHex)`),
  addCheckpoint: sql(`INSERT INTO audit_checkpoints
  (position, hash, authority_id, signed_at_ms, signature)
VALUES (:position, :hashHex, :authorityId, :signedAtMs, :signatureBase64)
ON CONFLICT (position) DO NOTHING`),
  readRange: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position > :afterPosition AND position <= :throughPosition ORDER BY position`),
  readCheckpoints:
    sql(`SELECT position, hash, authority_id, signed_at_ms, signature FROM audit_checkpoints
WHERE position > :afterPosition AND position <= :throughPosition ORDER BY position`),
  listEvents: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position > :afterPosition ORDER BY position LIMIT :limit`),
} as const;

/** For jobs, which act without a grant. */
const NO_CHECK: GrantCheck = { grant: null, nowSeconds: 0 };

export function createAuditStore(db: D1Database): AuditStore {
  return {
    async readState(check = NO_CHECK) {
      const [states] = await readGranted(db, check, [AUDIT_SQL.readState.prepare(db, {})]);
      const row = states?.results[0];
      return {
        head: readHead(row),
        checkpointPosition: row === undefined ? 0 : readInteger(row, 'checkpoint_position'),
        lastPosition: row === undefined ? 0 : readInteger(row, 'last_position'),
      };
    },

    async readUnsealed(limit) {
      const [heads, rows] = await readRecord(() =>
        db.batch<Row>([
          AUDIT_SQL.readHead.prepare(db, {}),
          AUDIT_SQL.readUnsealed.prepare(db, { limit }),
        ]),
      );
      return { head: readHead(heads?.results[0]), rows: (rows?.results ?? []).map(readEvent) };
    },

    async commitSeal(from, sealed) {
      const to = sealed.at(-1);
      if (to === undefined) return false;
      const values = {
        fromPosition: from.position,
        fromHashHex: from.hashHex,
        toPosition: to.position,
        toHashHex: to.hashHex,
        links: JSON.stringify(sealed.map(({ position, hashHex }) => [position, hashHex])),
      };
      const [moved] = await writeRecord(() =>
        db.batch([
          AUDIT_SQL.moveHead.prepare(db, values),
          AUDIT_SQL.writeHashes.prepare(db, values),
        ]),
      );
      return wroteOne(moved);
    },

    async addCheckpoint(checkpoint) {
      const add = AUDIT_SQL.addCheckpoint.prepare(db, checkpoint);
      await writeRecord(() => add.run());
    },

    async readRange(afterPosition, throughPosition) {
      const range = { afterPosition, throughPosition };
      const [rows, checkpoints] = await readRecord(() =>
        db.batch<Row>([
          AUDIT_SQL.readRange.prepare(db, range),
          AUDIT_SQL.readCheckpoints.prepare(db, range),
        ]),
      );
      return {
        rows: (rows?.results ?? []).map(readEvent),
        checkpoints: (checkpoints?.results ?? []).map(readCheckpoint),
      };
    },

    async listEvents(afterPosition, limit, check) {
      const list = AUDIT_SQL.listEvents.prepare(db, { afterPosition, limit });
      const [listed] = await readGranted(db, check, [list]);
      return (listed?.results ?? []).map(readEvent);
    },
  };
}

function readHead(row: Row | undefined): AuditHead {
  if (row === undefined) throw new TypeError('audit_head has no row');
  return { position: readInteger(row, 'position'), hashHex: readText(row, 'hash') };
}

function readEvent(row: Row): AuditRow {
  return {
    position: readInteger(row, 'position'),
    atMs: readInteger(row, 'at_ms'),
    accountId: readText(row, 'account_id'),
    actor: readText(row, 'actor'),
    action: readText(row, 'action'),
    outcome: readText(row, 'outcome'),
    authorityId: readTextOrNull(row, 'authority_id'),
    target: readTextOrNull(row, 'target'),
    detail: readText(row, 'detail'),
    requestId: readText(row, 'request_id'),
    remoteAddress: readTextOrNull(row, 'remote_address'),
    country: readTextOrNull(row, 'country'),
    hashHex: readTextOrNull(row, 'hash'),
  };
}

function readCheckpoint(row: Row): AuditCheckpoint {
  return {
    position: readInteger(row, 'position'),
    hashHex: readText(row, 'hash'),
    authorityId: readText(row, 'authority_id'),
    signedAtMs: readInteger(row, 'signed_at_ms'),
    signatureBase64: readText(row, 'signature'),
  };
}
