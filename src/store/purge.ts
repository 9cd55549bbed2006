import type { PurgeStore } from '../revocation/edge-purge.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

export const PURGE_SQL = {
  list: sql(`SELECT id, revocation_revision FROM authorities
WHERE purged_revision < revocation_revision ORDER BY id`),
  mark: sql(`UPDATE authorities SET purged_revision = :revision
WHERE id = :authorityId AND purged_revision < :revision`),
} as const;

export function createPurgeStore(db: D1Database): PurgeStore {
  return {
    async listUnpurged() {
      const { results } = await readRecord(() => PURGE_SQL.list.prepare(db, {}).all<Row>());
      return results.map((row) => ({
        authorityId: readText(row, 'id'),
        revision: readInteger(row, 'revocation_revision'),
      }));
    },

    async markPurged(authorityId, revision) {
      const mark = PURGE_SQL.mark.prepare(db, { authorityId, revision });
      await writeRecord(() => mark.run());
    },
  };
}
