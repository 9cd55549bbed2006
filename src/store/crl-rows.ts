import {
  COMPLETE,
  type ListedRow,
  type ListScope,
  type RowRange,
} from '../revocation/list-store.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const COLUMNS = 'revision, serial, revoked_at_s, reason, invalidity_date_s';

/** A certificate that was put on hold once more is listed for that. */
const STILL_FREE = `NOT EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = released_holds.authority_id
      AND revocations.serial = released_holds.serial)`;

/** The same of a whole authority and of one of its partitions (?2). */
export const CRL_ROW_SQL = {
  complete: {
    rows: `SELECT ${COLUMNS} FROM revocations
WHERE authority_id = ?1 AND ?2 = ${COMPLETE} AND retired_in_crl IS NULL
  AND (revision, serial) > (?3, ?4) AND revision <= ?5
ORDER BY revision, serial LIMIT ?6`,
    revoked: `SELECT ${COLUMNS} FROM revocations
WHERE authority_id = ?1 AND ?2 = ${COMPLETE} AND retired_in_crl IS NULL AND revision > ?3
ORDER BY revision, serial LIMIT ?4`,
    released: `SELECT serial, released_at_s FROM released_holds
WHERE authority_id = ?1 AND ?2 = ${COMPLETE} AND revision > ?3 AND ${STILL_FREE}
ORDER BY revision, serial LIMIT ?4`,
  },
  partition: {
    rows: `SELECT ${COLUMNS} FROM revocations
WHERE authority_id = ?1 AND crl_partition = ?2 AND retired_in_crl IS NULL
  AND (revision, serial) > (?3, ?4) AND revision <= ?5
ORDER BY revision, serial LIMIT ?6`,
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
