import { COMPLETE, type ListedRow, type ListScope, type RowRange } from '../lists/list-store.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';

const COLUMNS = 'revision, serial, revoked_at_s, reason, invalidity_date_s';

/** Many rows as one text: as objects they were measured to cost several times as much. */
const joinSql = (rows: string) => `SELECT group_concat(line, ';') AS lines FROM (
  SELECT revision || ' ' || serial || ' ' || revoked_at_s || ' ' || reason || ' '
    || COALESCE(invalidity_date_s, '') AS line
  ${rows})`;

/** A certificate that was put on hold once more is listed for that. */
const STILL_FREE = `NOT EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = released_holds.authority_id
      AND revocations.serial = released_holds.serial)`;

/** The same of a whole authority and of one of its partitions (?2). */
export const CRL_ROW_SQL = {
  complete: {
    rows: joinSql(`FROM revocations
  WHERE authority_id = ?1 AND ?2 = ${COMPLETE} AND retired_in_crl IS NULL
    AND (revision, serial) > (?3, ?4) AND revision <= ?5
  ORDER BY revision, serial LIMIT ?6`),
    revoked: `SELECT ${COLUMNS} FROM revocations
WHERE authority_id = ?1 AND ?2 = ${COMPLETE} AND retired_in_crl IS NULL AND revision > ?3
ORDER BY revision, serial LIMIT ?4`,
    released: `SELECT serial, released_at_s FROM released_holds
WHERE authority_id = ?1 AND ?2 = ${COMPLETE} AND revision > ?3 AND ${STILL_FREE}
ORDER BY revision, serial LIMIT ?4`,
  },
  partition: {
    // The planner would go through the rows of the whole authority.
    rows: joinSql(`FROM revocations INDEXED BY revocations_of_partition
  WHERE authority_id = ?1 AND crl_partition = ?2 AND retired_in_crl IS NULL
    AND (revision, serial) > (?3, ?4) AND revision <= ?5
  ORDER BY revision, serial LIMIT ?6`),
    revoked: `SELECT ${COLUMNS} FROM revocations
WHERE authority_id = ?1 AND crl_partition = ?2 AND retired_in_crl IS NULL AND revision > ?3
ORDER BY revision, serial LIMIT ?4`,
    released: `SELECT serial, released_at_s FROM released_holds
WHERE authority_id = ?1 AND crl_partition = ?2 AND revision > ?3 AND ${STILL_FREE}
ORDER BY revision, serial LIMIT ?4`,
  },
} as const;

/** Sorts behind every serial number in hex. */
const BEHIND_ALL = 'g';

export function bindRowRange(
  db: D1Database,
  { authorityId, crlPartition }: ListScope,
  { afterRevision, afterSerialHex, throughRevision }: RowRange,
  limit: number,
): D1PreparedStatement {
  const { rows } = crlPartition === COMPLETE ? CRL_ROW_SQL.complete : CRL_ROW_SQL.partition;
  const after = afterSerialHex ?? BEHIND_ALL;
  return db
    .prepare(rows)
    .bind(authorityId, crlPartition, afterRevision, after, throughRevision, limit);
}

export function readListedRow(row: Row): ListedRow {
  return {
    revision: readInteger(row, 'revision'),
    serialHex: readText(row, 'serial'),
    revokedAtSeconds: readInteger(row, 'revoked_at_s'),
    reason: readInteger(row, 'reason'),
    invalidityDateSeconds: readIntegerOrNull(row, 'invalidity_date_s'),
  };
}

/** The rows of a page, in their order. @throws TypeError where the record holds something else */
export function readJoinedRows(page: Row | undefined): ListedRow[] {
  const lines = page === undefined ? null : readTextOrNull(page, 'lines');
  if (lines === null) return [];
  const rows = lines.split(';').map((line) => {
    const [revision, serialHex, revokedAt, reason, date] = line.split(' ');
    if (serialHex === undefined || date === undefined) throw new TypeError('not a joined row');
    return {
      revision: Number(revision),
      serialHex,
      revokedAtSeconds: Number(revokedAt),
      reason: Number(reason),
      invalidityDateSeconds: date === '' ? null : Number(date),
    };
  });
  // SQL promises no order of what an aggregate takes, though SQLite keeps it.
  const isOrdered = rows.every((row, i) => i === 0 || compareRows(rows[i - 1] ?? row, row) < 0);
  return isOrdered ? rows : rows.sort(compareRows);
}

function compareRows(a: ListedRow, b: ListedRow): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  return a.serialHex < b.serialHex ? -1 : 1;
}
