import type { OpenPurge, PurgeStore } from '../revocation/retry-purges.ts';
import { readChangedRevocation } from './changed-revocation.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

export const PURGE_SQL = {
  list: sql(`SELECT id, purged_revision, revocation_revision FROM authorities
WHERE purged_revision < revocation_revision ORDER BY id LIMIT :limit`),
  listChanged: sql(`SELECT authority_id, serial, crl_partition, revision FROM revocations
WHERE authority_id = :authorityId AND revision > :afterRevision AND revision <= :revision
UNION ALL
SELECT authority_id, serial, crl_partition, revision FROM released_holds
WHERE authority_id = :authorityId AND revision > :afterRevision AND revision <= :revision
ORDER BY revision LIMIT :limit`),
  mark: sql(`UPDATE authorities SET purged_revision = purged.value ->> 'revision'
FROM json_each(:purged) AS purged
WHERE authorities.id = purged.value ->> 'authorityId'
  AND authorities.purged_revision >= purged.value ->> 'afterRevision'
  AND authorities.purged_revision < purged.value ->> 'revision'`),
} as const;

export function createPurgeStore(db: Database): PurgeStore {
  return {
    async listOpen(limit) {
      const list = PURGE_SQL.list.prepare(db, { limit });
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => ({
        authorityId: readText(row, 'id'),
        afterRevision: readInteger(row, 'purged_revision'),
        revision: readInteger(row, 'revocation_revision'),
      }));
    },

    async listChanged({ authorityId, afterRevision, revision }, limit) {
      const values = { authorityId, afterRevision, revision, limit };
      const list = PURGE_SQL.listChanged.prepare(db, values);
      const { results } = await readRecord(() => list.all<Row>());
      return results.map(readChangedRevocation);
    },

    async markPurged(purged: readonly OpenPurge[]) {
      const mark = PURGE_SQL.mark.prepare(db, { purged: JSON.stringify(purged) });
      await writeRecord(() => mark.run());
    },
  };
}
