import type { AccessKeySecretStore } from '../access/store.ts';
import { ACCESS_KEY_COLUMNS, readSealedAccessKey } from './access-key.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import type { Row } from './row.ts';
import { sql } from './sql.ts';

export const ACCESS_KEY_SECRET_SQL = {
  find: sql(`SELECT ${ACCESS_KEY_COLUMNS}, secret FROM access_keys WHERE id = :id`),
  noteUse: sql(`UPDATE access_keys SET last_used_at_s = :nowSeconds
WHERE id = :id AND enabled = 1 AND COALESCE(last_used_at_s, 0) <= :dueSeconds`),
} as const;

export function createAccessKeySecretStore(db: Database): AccessKeySecretStore {
  return {
    async findSealedSecret(id) {
      const find = ACCESS_KEY_SECRET_SQL.find.prepare(db, { id });
      const row = await readRecord(() => find.first<Row>());
      return row === null ? null : readSealedAccessKey(row);
    },

    async noteUse(id, nowSeconds, dueSeconds) {
      const note = ACCESS_KEY_SECRET_SQL.noteUse.prepare(db, { id, nowSeconds, dueSeconds });
      await writeRecord(() => note.run());
    },
  };
}
