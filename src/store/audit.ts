import type { GrantCheck } from '../access/principal.ts';
import type { AuditCheckpoint, AuditHead, AuditRow, AuditStore } from '../audit/store.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';

const EVENT_COLUMNS = `position, at_ms, account_id, actor, action, outcome, authority_id, target, detail,
  request_id, remote_address, country, hash`;

export const AUDIT_SQL = {
  readState: `SELECT position, hash,
  COALESCE((SELECT MAX(position) FROM audit_checkpoints), 0) AS checkpoint_position,
  COALESCE((SELECT MAX(position) FROM audit_events), 0) AS last_position
FROM audit_head WHERE id = 1`,
  readHead: 'SELECT position, hash FROM audit_head WHERE id = 1',
  readUnsealed: `SELECT ${EVENT_COLUMNS} FROM audit_events
WHERE position > (SELECT audit_head.position FROM audit_head WHERE audit_head.id = 1)
ORDER BY position LIMIT ?1`,
  moveHead: `UPDATE audit_head SET position = ?3, hash = ?4
WHERE id = 1 AND position = ?1 AND hash = ?2`,
  writeHashes: `UPDATE audit_events SET hash = link.value ->> 1
FROM json_each(?1) AS link
WHERE audit_events.position = link.value ->> 0
  AND EXISTS (
    SELECT 1 FROM audit_head
    WHERE audit_head.id = 1 AND audit_head.position = ?2 AND audit_head.hash = ?3)`,
  addCheckpoint: `INSERT INTO audit_checkpoints (position, hash, authority_id, signed_at_ms, signature)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (position) DO NOTHING`,
  readRange: `SELECT ${EVENT_COLUMNS} FROM audit_events
WHERE position > ?1 AND position <= ?2 ORDER BY position`,
  readCheckpoints: `SELECT position, hash, authority_id, signed_at_ms, signature FROM audit_checkpoints
WHERE position > ?1 AND position <= ?2 ORDER BY position`,
  listEvents: `SELECT ${EVENT_COLUMNS} FROM audit_events
WHERE position > ?1 ORDER BY position LIMIT ?2`,
} as const;

/** Of a job, which acts for nobody. */
const NO_CHECK: GrantCheck = { grant: null, nowSeconds: 0 };

export function createAuditStore(db: D1Database): AuditStore {
  return {
    async readState(check = NO_CHECK) {
      const [states] = await readGranted(db, check, [db.prepare(AUDIT_SQL.readState)]);
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
          db.prepare(AUDIT_SQL.readHead),
          db.prepare(AUDIT_SQL.readUnsealed).bind(limit),
        ]),
      );
      return { head: readHead(heads?.results[0]), rows: (rows?.results ?? []).map(readEvent) };
    },

    async commitSeal(from, sealed) {
      const to = sealed.at(-1);
      if (to === undefined) return false;
      const links = JSON.stringify(sealed.map(({ position, hashHex }) => [position, hashHex]));
      const [moved] = await writeRecord(() =>
        db.batch([
          db.prepare(AUDIT_SQL.moveHead).bind(from.position, from.hashHex, to.position, to.hashHex),
          db.prepare(AUDIT_SQL.writeHashes).bind(links, to.position, to.hashHex),
        ]),
      );
      return wroteOne(moved);
    },

    async addCheckpoint({ position, hashHex, authorityId, signedAtMs, signatureBase64 }) {
      await writeRecord(() =>
        db
          .prepare(AUDIT_SQL.addCheckpoint)
          .bind(position, hashHex, authorityId, signedAtMs, signatureBase64)
          .run(),
      );
    },

    async readRange(afterPosition, throughPosition) {
      const [rows, checkpoints] = await readRecord(() =>
        db.batch<Row>([
          db.prepare(AUDIT_SQL.readRange).bind(afterPosition, throughPosition),
          db.prepare(AUDIT_SQL.readCheckpoints).bind(afterPosition, throughPosition),
        ]),
      );
      return {
        rows: (rows?.results ?? []).map(readEvent),
        checkpoints: (checkpoints?.results ?? []).map(readCheckpoint),
      };
    },

    async listEvents(afterPosition, limit, check) {
      const list = db.prepare(AUDIT_SQL.listEvents).bind(afterPosition, limit);
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
