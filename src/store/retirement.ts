import type { RetirementStore } from '../lists/retire.ts';
import { CRL_CHUNK_SQL, markChunksStaleSql } from './crl-chunks.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';

/**
 * Of the rows that one batch retires: in it, nothing has changed them yet where this is read first. The
 * plus keeps the planner from going by the revision, through all rows of the authority.
 */
const STILL_LISTED = `authority_id = ?1 AND serial IN (SELECT value FROM json_each(?2))
  AND retired_in_crl IS NULL
  AND +revision <= (
    SELECT complete.revision FROM revocation_lists AS complete
    WHERE complete.authority_id = ?1 AND complete.crl_partition = -1)`;

export const RETIREMENT_SQL = {
  findPass: `SELECT COALESCE(retired_at_ms, 0) <= ?2 AS due FROM revocation_lists
WHERE authority_id = ?1 AND crl_partition = -1 AND crl_number IS NOT NULL`,
  listRetirable: `SELECT revocations.serial
FROM revocation_lists AS complete
CROSS JOIN revocations ON revocations.authority_id = ?1 AND revocations.retired_in_crl IS NULL
  AND revocations.not_after_s < complete.this_update_s
  AND revocations.revision <= complete.revision
LEFT JOIN revocation_lists AS part ON part.authority_id = ?1
  AND part.crl_partition = revocations.crl_partition AND part.crl_number IS NOT NULL
WHERE complete.authority_id = ?1 AND complete.crl_partition = -1
  AND COALESCE(complete.retired_at_ms, 0) <= ?2
  AND (part.number IS NULL OR (revocations.not_after_s < part.this_update_s
    AND revocations.revision <= part.revision))
ORDER BY revocations.not_after_s LIMIT ?3`,
  markStale: markChunksStaleSql(
    '?1',
    `SELECT revision, crl_partition FROM revocations WHERE ${STILL_LISTED}`,
  ),
  retire: `UPDATE revocations SET retired_in_crl = (
  SELECT crl_number FROM revocation_lists
  WHERE revocation_lists.authority_id = ?1 AND revocation_lists.crl_partition = -1)
WHERE ${STILL_LISTED}`,
  raiseRemovals: `UPDATE authorities SET removals = removals + 1
WHERE id = ?1 AND changes() > 0`,
  notePass: `UPDATE revocation_lists SET retired_at_ms = ?2
WHERE authority_id = ?1 AND crl_partition = -1`,
  deleteReleases: `DELETE FROM released_holds WHERE authority_id = ?1 AND serial IN (
  SELECT old.serial FROM released_holds AS old
  WHERE old.authority_id = ?1
    AND old.revision <= (
      SELECT complete.base_revision FROM revocation_lists AS complete
      WHERE complete.authority_id = ?1 AND complete.crl_partition = -1)
    AND NOT EXISTS (
      SELECT 1 FROM revocation_lists AS part
      WHERE part.authority_id = ?1 AND part.crl_partition = old.crl_partition
        AND part.base_revision < old.revision)
  ORDER BY old.revision LIMIT ?2)`,
} as const;

export function createRetirementStore(db: D1Database): RetirementStore {
  return {
    async listRetirable(authorityId, lastPassMs, limit) {
      const [pass, rows] = await readRecord(() =>
        db.batch<Row>([
          db.prepare(RETIREMENT_SQL.findPass).bind(authorityId, lastPassMs),
          db.prepare(RETIREMENT_SQL.listRetirable).bind(authorityId, lastPassMs, limit),
        ]),
      );
      const [state] = pass?.results ?? [];
      return {
        isDue: state !== undefined && readInteger(state, 'due') === 1,
        serialsHex: (rows?.results ?? []).map((row) => readText(row, 'serial')),
      };
    },

    async retire(authorityId, serialsHex, atMs) {
      const serials = JSON.stringify(serialsHex);
      const note = db.prepare(RETIREMENT_SQL.notePass).bind(authorityId, atMs);
      if (serialsHex.length === 0) {
        await writeRecord(() => note.run());
        return 0;
      }
      const [, retired] = await writeRecord(() =>
        db.batch([
          db.prepare(RETIREMENT_SQL.markStale).bind(authorityId, serials),
          db.prepare(RETIREMENT_SQL.retire).bind(authorityId, serials),
          db.prepare(RETIREMENT_SQL.raiseRemovals).bind(authorityId),
          note,
        ]),
      );
      return retired?.meta.changes ?? 0;
    },

    async deleteReleases(authorityId, limit) {
      const remove = db.prepare(RETIREMENT_SQL.deleteReleases).bind(authorityId, limit);
      return (await writeRecord(() => remove.run())).meta.changes;
    },

    async deleteChunks(beforeMs, limit) {
      const remove = db.prepare(CRL_CHUNK_SQL.deleteSpare).bind(beforeMs, limit);
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}
