import { COMPLETE } from '../lists/list-store.ts';
import type { RetirementStore } from '../lists/retire.ts';
import { CRL_CHUNK_SQL, markChunksStaleSql } from './crl-chunks.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

/**
 * The rows that a batch retires, as long as they are listed. The plus keeps SQLite from searching by
 * revision, through all rows of the authority.
 */
const STILL_LISTED = `authority_id = :authorityId
  AND serial IN (SELECT value FROM json_each(:serials))
  AND retired_in_crl IS NULL
  AND +revision <= (
    SELECT complete.revision FROM revocation_lists AS complete
    WHERE complete.authority_id = :authorityId AND complete.crl_partition = ${COMPLETE})` as const;

export const RETIREMENT_SQL = {
  findPass: sql(`SELECT COALESCE(retired_at_ms, 0) <= :lastPassMs AS due,
  COALESCE(retired_at_ms, 0) > :nowMs AS ahead
FROM revocation_lists
WHERE authority_id = :authorityId AND crl_partition = ${COMPLETE} AND crl_number IS NOT NULL`),
  listRetirable: sql(`SELECT revocations.serial
FROM revocation_lists AS complete
CROSS JOIN revocations ON revocations.authority_id = :authorityId
  AND revocations.retired_in_crl IS NULL
  AND revocations.not_after_s < complete.this_update_s
  AND revocations.revision <= complete.revision
LEFT JOIN revocation_lists AS part ON part.authority_id = :authorityId
  AND part.crl_partition = revocations.crl_partition AND part.crl_number IS NOT NULL
WHERE complete.authority_id = :authorityId AND complete.crl_partition = ${COMPLETE}
  AND COALESCE(complete.retired_at_ms, 0) <= :lastPassMs
  AND (part.number IS NULL OR (revocations.not_after_s < part.this_update_s
    AND revocations.revision <= part.revision))
ORDER BY revocations.not_after_s LIMIT :limit`),
  markStale: sql(
    markChunksStaleSql(
      ':authorityId',
      `SELECT revision, crl_partition FROM revocations WHERE ${STILL_LISTED}`,
    ),
  ),
  retire: sql(`UPDATE revocations SET retired_in_crl = (
  SELECT crl_number FROM revocation_lists
  WHERE revocation_lists.authority_id = :authorityId
    AND revocation_lists.crl_partition = ${COMPLETE})
WHERE ${STILL_LISTED}`),
  raiseRemovals: sql(`UPDATE authorities SET removals = removals + 1
WHERE id = :authorityId AND changes() > 0`),
  notePass: sql(`UPDATE revocation_lists SET retired_at_ms = :atMs
WHERE authority_id = :authorityId AND crl_partition = ${COMPLETE}`),
  listRetiredEarly: sql(`SELECT serial FROM revocations
WHERE authority_id = :authorityId AND retired_in_crl IS NOT NULL AND not_after_s >= :nowSeconds
ORDER BY revision LIMIT :limit`),
  // A new revision, so that lists and deltas that left them out are built anew.
  raiseRevision: sql(`UPDATE authorities SET revocation_revision = revocation_revision + 1
WHERE id = :authorityId`),
  listAgain: sql(`UPDATE revocations SET retired_in_crl = NULL,
  revision = (SELECT revocation_revision FROM authorities WHERE authorities.id = :authorityId)
WHERE authority_id = :authorityId AND serial IN (SELECT value FROM json_each(:serials))
  AND retired_in_crl IS NOT NULL`),
  deleteReleases: sql(`DELETE FROM released_holds WHERE authority_id = :authorityId AND serial IN (
  SELECT old.serial FROM released_holds AS old
  WHERE old.authority_id = :authorityId
    AND old.revision <= (
      SELECT complete.base_revision FROM revocation_lists AS complete
      WHERE complete.authority_id = :authorityId AND complete.crl_partition = ${COMPLETE})
    AND NOT EXISTS (
      SELECT 1 FROM revocation_lists AS part
      WHERE part.authority_id = :authorityId AND part.crl_partition = old.crl_partition
        AND part.base_revision < old.revision)
  ORDER BY old.revision LIMIT :limit)`),
} as const;

export function createRetirementStore(db: Database): RetirementStore {
  return {
    async listRetirable(authorityId, { lastPassMs, nowMs }, limit) {
      const [pass, rows] = await readRecord(() =>
        db.batch<Row>([
          RETIREMENT_SQL.findPass.prepare(db, { authorityId, lastPassMs, nowMs }),
          RETIREMENT_SQL.listRetirable.prepare(db, { authorityId, lastPassMs, limit }),
        ]),
      );
      const [state] = pass?.results ?? [];
      return {
        isDue: state !== undefined && readInteger(state, 'due') === 1,
        isAhead: state !== undefined && readInteger(state, 'ahead') === 1,
        serialsHex: (rows?.results ?? []).map((row) => readText(row, 'serial')),
      };
    },

    async retire(authorityId, serialsHex, atMs) {
      const values = { authorityId, serials: JSON.stringify(serialsHex) };
      const note = RETIREMENT_SQL.notePass.prepare(db, { authorityId, atMs });
      if (serialsHex.length === 0) {
        await writeRecord(() => note.run());
        return 0;
      }
      const [, retired] = await writeRecord(() =>
        db.batch([
          RETIREMENT_SQL.markStale.prepare(db, values),
          RETIREMENT_SQL.retire.prepare(db, values),
          RETIREMENT_SQL.raiseRemovals.prepare(db, values),
          note,
        ]),
      );
      return retired?.meta.changes ?? 0;
    },

    async listRetiredEarly(authorityId, nowSeconds, limit) {
      const find = RETIREMENT_SQL.listRetiredEarly.prepare(db, { authorityId, nowSeconds, limit });
      const { results } = await readRecord(() => find.all<Row>());
      return results.map((row) => readText(row, 'serial'));
    },

    async listAgain(authorityId, serialsHex) {
      const values = { authorityId, serials: JSON.stringify(serialsHex) };
      await writeRecord(() =>
        db.batch([
          RETIREMENT_SQL.raiseRevision.prepare(db, values),
          RETIREMENT_SQL.listAgain.prepare(db, values),
        ]),
      );
    },

    async deleteReleases(authorityId, limit) {
      const remove = RETIREMENT_SQL.deleteReleases.prepare(db, { authorityId, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },

    async deleteChunks(beforeMs, limit) {
      const remove = CRL_CHUNK_SQL.deleteSuperseded.prepare(db, { beforeMs, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}
