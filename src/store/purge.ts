import type { PurgeStore } from '../revocation/purge-edge.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';

export const PURGE_SQL = {
  list: `SELECT id, revocation_revision FROM authorities
WHERE purged_revision < revocation_revision ORDER BY id`,
  mark: `UPDATE authorities SET purged_revision = ?2 WHERE id = ?1 AND purged_revision < ?2`,
} as const;

export function createPurgeStore(db: D1Database): PurgeStore {
  return {
    async listUnpurged() {
      const { results } = await readRecord(() => db.prepare(PURGE_SQL.list).all<Row>());
      return results.map((row) => ({
        authorityId: readText(row, 'id'),
        revision: readInteger(row, 'revocation_revision'),
      }));
    },

    async markPurged(authorityId, revision) {
      await writeRecord(() => db.prepare(PURGE_SQL.mark).bind(authorityId, revision).run());
    },
  };
}
