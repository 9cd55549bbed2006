import { COMPLETE, type ListedRow, type ListScope, type RowRange } from '../lists/list-store.ts';
import type { Database, PreparedStatement } from './database.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

const COLUMNS = 'revision, serial, revoked_at_s, reason, invalidity_date_s' as const;

/** Joins rows into one text: many row objects cost several times as much. */
function joinSql<const Rows extends string>(rows: Rows) {
  return `SELECT group_concat(line, ';') AS lines FROM (
  SELECT revision || ' ' || serial || ' ' || revoked_at_s || ' ' || reason || ' '
    || COALESCE(invalidity_date_s, '') AS line
  ${rows})` as const;
}

/** The certificate has not been put on hold again since its release. */
const STILL_FREE = `NOT EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = released_holds.authority_id
      AND revocations.serial = released_holds.serial)` as const;

/** The rows of a range. */
const RANGE = `retired_in_crl IS NULL
    AND (revision, serial) > (:afterRevision, :afterSerial) AND revision <= :throughRevision
  ORDER BY revision, serial LIMIT :limit` as const;

const ALL = 'authority_id = :authorityId' as const;
const PARTITION = 'authority_id = :authorityId AND crl_partition = :crlPartition' as const;

const NEWER = 'revision > :afterRevision' as const;
const FIRST = 'ORDER BY revision, serial LIMIT :limit' as const;

/** The same statements for an authority's complete CRL and for that of a partition. */
export const CRL_ROW_SQL = {
  complete: {
    rows: sql(
      joinSql(`FROM revocations
  WHERE ${ALL} AND ${RANGE}`),
    ),
    revoked: sql(`SELECT ${COLUMNS} FROM revocations
WHERE ${ALL} AND retired_in_crl IS NULL AND ${NEWER}
${FIRST}`),
    released: sql(`SELECT serial, released_at_s FROM released_holds
WHERE ${ALL} AND ${NEWER} AND ${STILL_FREE}
${FIRST}`),
  },
  partition: {
    // Without the hint SQLite reads the rows of the whole authority.
    rows: sql(
      joinSql(`FROM revocations INDEXED BY revocations_of_partition
  WHERE ${PARTITION} AND ${RANGE}`),
    ),
    revoked: sql(`SELECT ${COLUMNS} FROM revocations
WHERE ${PARTITION} AND retired_in_crl IS NULL AND ${NEWER}
${FIRST}`),
    released: sql(`SELECT serial, released_at_s FROM released_holds
WHERE ${PARTITION} AND ${NEWER} AND ${STILL_FREE}
${FIRST}`),
  },
} as const;

/** Sorts after every serial number in hex. */
const AFTER_ALL = 'g';

/** Prepares the statement that reads one range of rows. */
export function prepareRowRange(
  db: Database,
  scope: ListScope,
  { afterRevision, afterSerialHex, throughRevision }: RowRange,
  limit: number,
): PreparedStatement {
  const { rows } = scope.crlPartition === COMPLETE ? CRL_ROW_SQL.complete : CRL_ROW_SQL.partition;
  const afterSerial = afterSerialHex ?? AFTER_ALL;
  return rows.prepare(db, { ...scope, afterRevision, afterSerial, throughRevision, limit });
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

/** Reads the rows of a page, in order. @throws TypeError if the text is malformed */
export function readJoinedRows(page: Row | undefined): ListedRow[] {
  const lines = page === undefined ? null : readTextOrNull(page, 'lines');
  if (lines === null) return [];
  const rows = lines.split(';').map((line) => {
    const [revision, serialHex, revokedAt, reason, date] = line.split(' ');
    if (serialHex === undefined || date === undefined)
      throw new TypeError('column lines holds a malformed line');
    return {
      revision: Number(revision),
      serialHex,
      revokedAtSeconds: Number(revokedAt),
      reason: Number(reason),
      invalidityDateSeconds: date === '' ? null : Number(date),
    };
  });
  // SQL does not promise an order within an aggregate, although SQLite keeps it.
  const isOrdered = rows.every((row, i) => i === 0 || compareRows(rows[i - 1] ?? row, row) < 0);
  return isOrdered ? rows : rows.sort(compareRows);
}

function compareRows(a: ListedRow, b: ListedRow): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  return a.serialHex < b.serialHex ? -1 : 1;
}
