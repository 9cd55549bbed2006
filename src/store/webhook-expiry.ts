import type { AnnouncementStore } from '../webhooks/announce-expiring.ts';
import { eventValues, insertEventsSql } from './audit-event.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readText } from './row.ts';
import { ROWS, sql, sqlForRows } from './sql.ts';

export const WEBHOOK_EXPIRY_SQL = {
  findReader: sql(`SELECT 1 AS found FROM webhooks
WHERE webhooks.enabled = 1 AND (
  webhooks.filters ->> 'types' IS NULL OR EXISTS (
    SELECT 1 FROM json_each(webhooks.filters, '$.types') AS chosen
    WHERE chosen.value = 'certificate.expiring'))
LIMIT 1`),
  readPositions: sql(`SELECT days, not_after_s, serial, authority_id FROM expiry_announcements`),
  list: sql(`SELECT certificates.not_after_s, certificates.serial, certificates.authority_id,
  certificates.account_id, EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = certificates.authority_id
      AND revocations.serial = certificates.serial AND revocations.reason <> 6)
    OR EXISTS (
    SELECT 1 FROM authority_certificates AS own
    WHERE own.issuer_id = certificates.authority_id AND own.serial = certificates.serial
      AND own.kind = 'sub-ca') AS silent
FROM certificates
WHERE (certificates.not_after_s, certificates.serial, certificates.authority_id)
    > (:notAfterSeconds, :serialHex, :authorityId)
  AND certificates.not_after_s <= :untilSeconds
ORDER BY certificates.not_after_s, certificates.serial, certificates.authority_id LIMIT :limit`),
  move: sql(`INSERT INTO expiry_announcements (days, not_after_s, serial, authority_id)
VALUES (:days, :notAfterSeconds, :serialHex, :authorityId)
ON CONFLICT (days) DO UPDATE SET not_after_s = excluded.not_after_s, serial = excluded.serial,
  authority_id = excluded.authority_id
WHERE expiry_announcements.not_after_s IS :fromSeconds AND expiry_announcements.serial IS :fromSerial
  AND expiry_announcements.authority_id IS :fromAuthorityId
RETURNING days`),
  announce: sqlForRows(
    insertEventsSql(`FROM ${ROWS} WHERE changes() = 1`, ':eventAuthorityId', ':eventTarget'),
  ),
} as const;

const SQL = WEBHOOK_EXPIRY_SQL;

export function createAnnouncementStore(db: Database): AnnouncementStore {
  return {
    async readPositions() {
      const [readers, positions] = await readRecord(() =>
        db.batch<Row>([SQL.findReader.prepare(db, {}), SQL.readPositions.prepare(db, {})]),
      );
      if (readers?.results.length !== 1) return null;
      const rows = positions?.results ?? [];
      return new Map(rows.map((row) => [readInteger(row, 'days'), readPosition(row)]));
    },

    async listExpiring(position, untilSeconds, limit) {
      const list = SQL.list.prepare(db, { ...position, untilSeconds, limit });
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => ({
        ...readPosition(row),
        accountId: readText(row, 'account_id'),
        isSilent: readInteger(row, 'silent') === 1,
      }));
    },

    async announce(days, from, to, events) {
      const move = SQL.move.prepare(db, {
        days,
        ...to,
        fromSeconds: from?.notAfterSeconds ?? null,
        fromSerial: from?.serialHex ?? null,
        fromAuthorityId: from?.authorityId ?? null,
      });
      const [moved] = await writeRecord(() =>
        db.batch<Row>([move, SQL.announce.prepare(db, events.map(eventValues))]),
      );
      return moved?.results.length === 1;
    },
  };
}

function readPosition(row: Row) {
  return {
    notAfterSeconds: readInteger(row, 'not_after_s'),
    serialHex: readText(row, 'serial'),
    authorityId: readText(row, 'authority_id'),
  };
}
