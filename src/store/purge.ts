import type { PurgeStore } from '../revocation/edge-purge.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

export const PURGE_SQL = {
  list: sql(`SELECT id, revocation_revision FROM authorities
WHERE purged_revision < revocation_revision ORDER BY id LIMIT :limit`),
  mark: sql(`UPDATE authorities SET purged_revision = purged.value ->> 'revision'
FROM json_each(:purged) AS purged
WHERE authorities.id = purged.value ->> 'authorityId'
  AND authorities.purged_revision < purged.value ->> 'revision'`),
} as const;

export function createPurgeStore(db: D1Database): PurgeStore {
  return {
    async listUnpurged(limit) {
      const list = PURGE_SQL.list.prepare(db, { limit });
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => ({
        authorityId: readText(row, 'id'),
        revision: readInteger(row, 'revocation_revision'),
      }));
    },

    async markPurged(purged) {
      const mark = PURGE_SQL.mark.prepare(db, { purged: JSON.stringify(purged) });
      await writeRecord(() => mark.run());
    },
  };
}
