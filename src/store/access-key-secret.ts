import type { AccessKeySecretStore } from '../access/store.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readText } from './row.ts';

export const ACCESS_KEY_SECRET_SQL = {
  find: 'SELECT account_id, secret FROM access_keys WHERE id = ?1',
  noteUse: `UPDATE access_keys SET last_used_at_s = ?2
WHERE id = ?1 AND enabled = 1 AND COALESCE(last_used_at_s, 0) <= ?3`,
} as const;

export function createAccessKeySecretStore(db: D1Database): AccessKeySecretStore {
  return {
    async findSealedSecret(id) {
      const row = await readRecord(() =>
        db.prepare(ACCESS_KEY_SECRET_SQL.find).bind(id).first<Row>(),
      );
      return row === null
        ? null
        : { accountId: readText(row, 'account_id'), sealedSecret: readText(row, 'secret') };
    },

    async noteUse(id, nowSeconds, dueSeconds) {
      await writeRecord(() =>
        db.prepare(ACCESS_KEY_SECRET_SQL.noteUse).bind(id, nowSeconds, dueSeconds).run(),
      );
    },
  };
}
