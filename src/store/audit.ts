import type { AuditRow, AuditStore, CheckpointRow } from '../audit/store.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import type { Database, Result } from './database.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

const COLUMNS = `position, at_ms, account_id, actor, action, outcome, authority_id, target, detail,
  request_id, remote_address, country, hash` as const;

const NEWEST = `FROM audit_checkpoints
WHERE audit_checkpoints.sequence = (SELECT MAX(sequence) FROM audit_checkpoints)` as const;

export const AUDIT_SQL = {
  readHead: sql(`SELECT sequence, position, token ${NEWEST}`),
  readUnsealed: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position > COALESCE((SELECT audit_checkpoints.position ${NEWEST}), 0)
ORDER BY position LIMIT :limit`),
  addCheckpoint: sql(`INSERT INTO audit_checkpoints (sequence, position, token)
SELECT :sequence, :position, :token
WHERE (SELECT token ${NEWEST}) IS :predecessorToken`),
  writeHashes: sql(`UPDATE audit_events SET hash = link.value ->> 1
FROM json_each(:links) AS link
WHERE audit_events.position = link.value ->> 0
  AND EXISTS (
    SELECT 1 FROM audit_checkpoints
    WHERE audit_checkpoints.sequence = :sequence AND audit_checkpoints.token = :token)`),
  readLastPosition: sql(
    'SELECT COALESCE((SELECT MAX(position) FROM audit_events), 0) AS last_position',
  ),
  readEvents: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position > :afterPosition ORDER BY position LIMIT :maxEvents`),
  readCheckpoints: sql(`SELECT sequence, position, token FROM audit_checkpoints
WHERE sequence >= :fromSequence ORDER BY sequence LIMIT :maxCheckpoints`),
} as const;

/** How many events a filtered list goes through for one page. */
const MAX_SCANNED_EVENTS = 5000;

const FILTERED = `(:actor IS NULL OR actor = :actor)
  AND (:action IS NULL OR action = :action)
  AND (:outcome IS NULL OR outcome = :outcome)
  AND (:accountId IS NULL OR account_id = :accountId)
  AND (:fromMs IS NULL OR at_ms >= :fromMs)
  AND (:untilMs IS NULL OR at_ms < :untilMs)` as const;

/** Positions are dense, so a range of them bounds how many events are read. */
export const AUDIT_LIST_SQL = {
  inRecord: {
    oldestFirst: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position > :afterPosition AND position <= :afterPosition + ${MAX_SCANNED_EVENTS}
  AND ${FILTERED} ORDER BY position LIMIT :limit`),
    newestFirst: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE position < :afterPosition
  AND position >= MIN(:afterPosition, 1 + (SELECT MAX(position) FROM audit_events))
    - ${MAX_SCANNED_EVENTS}
  AND ${FILTERED} ORDER BY position DESC LIMIT :limit`),
  },
  ofTarget: {
    oldestFirst: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE target = :target AND position > :afterPosition AND ${FILTERED}
ORDER BY position LIMIT :limit`),
    newestFirst: sql(`SELECT ${COLUMNS} FROM audit_events
WHERE target = :target AND position < :afterPosition AND ${FILTERED}
ORDER BY position DESC LIMIT :limit`),
  },
} as const;

export function createAuditStore(db: Database): AuditStore {
  return {
    async readHead(check) {
      const [heads] = await readGranted(db, check, [AUDIT_SQL.readHead.prepare(db, {})]);
      return readHead(heads);
    },

    async readUnsealed(limit) {
      const [heads, rows] = await readRecord(() =>
        db.batch<Row>([
          AUDIT_SQL.readHead.prepare(db, {}),
          AUDIT_SQL.readUnsealed.prepare(db, { limit }),
        ]),
      );
      return { head: readHead(heads), rows: (rows?.results ?? []).map(readEvent) };
    },

    async commitSeal(predecessor, checkpoint, sealed) {
      const values = {
        ...checkpoint,
        predecessorToken: predecessor?.token ?? null,
        links: JSON.stringify(sealed.map(({ position, hashHex }) => [position, hashHex])),
      };
      const [added] = await writeRecord(() =>
        db.batch([
          AUDIT_SQL.addCheckpoint.prepare(db, values),
          AUDIT_SQL.writeHashes.prepare(db, values),
        ]),
      );
      return wroteOne(added);
    },

    async readPage(request, check) {
      const [heads, last, rows, checkpoints] = await readGranted(db, check, [
        AUDIT_SQL.readHead.prepare(db, {}),
        AUDIT_SQL.readLastPosition.prepare(db, {}),
        AUDIT_SQL.readEvents.prepare(db, { ...request }),
        AUDIT_SQL.readCheckpoints.prepare(db, { ...request }),
      ]);
      const [lastRow] = last?.results ?? [];
      return {
        head: readHead(heads),
        lastPosition: lastRow === undefined ? 0 : readInteger(lastRow, 'last_position'),
        rows: (rows?.results ?? []).map(readEvent),
        checkpoints: (checkpoints?.results ?? []).map(readCheckpointRow),
      };
    },

    async listEvents({ afterPosition, newestFirst, filters, limit }, check) {
      const { target } = filters;
      const statements = target === null ? AUDIT_LIST_SQL.inRecord : AUDIT_LIST_SQL.ofTarget;
      const statement = newestFirst ? statements.newestFirst : statements.oldestFirst;
      const [last, listed] = await readGranted(db, check, [
        AUDIT_SQL.readLastPosition.prepare(db, {}),
        statement.prepare(db, {
          ...filters,
          afterPosition: afterPosition ?? (newestFirst ? Number.MAX_SAFE_INTEGER : 0),
          limit,
        }),
      ]);
      const [lastRow] = last?.results ?? [];
      const lastPosition = lastRow === undefined ? 0 : readInteger(lastRow, 'last_position');
      const rows = (listed?.results ?? []).map(readEvent);
      if (target !== null) return { rows, stoppedAt: null };
      const stoppedAt = newestFirst
        ? Math.min(afterPosition ?? lastPosition + 1, lastPosition + 1) - MAX_SCANNED_EVENTS
        : (afterPosition ?? 0) + MAX_SCANNED_EVENTS;
      return { rows, stoppedAt: stoppedAt > 1 && stoppedAt < lastPosition ? stoppedAt : null };
    },
  };
}

function readHead(result: Result<Row> | undefined): CheckpointRow | null {
  const [row] = result?.results ?? [];
  return row === undefined ? null : readCheckpointRow(row);
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

function readCheckpointRow(row: Row): CheckpointRow {
  return {
    sequence: readInteger(row, 'sequence'),
    position: readInteger(row, 'position'),
    token: readText(row, 'token'),
  };
}
