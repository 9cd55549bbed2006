import { NONCE_LIFETIME_SECONDS, type NonceStore, type NonceUse } from '../access/nonces.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE, insertEventSql } from './audit-event.ts';
import { writeRecord, wroteOne } from './d1.ts';

export const NONCE_SQL = {
  /** Writes its row exactly where this request is the only one with the nonce. */
  use: `INSERT INTO nonces (access_key_id, nonce, request_id, used_at_s) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (access_key_id, nonce)
  DO UPDATE SET request_id = excluded.request_id, used_at_s = excluded.used_at_s
  WHERE nonces.request_id = excluded.request_id OR nonces.used_at_s <= ?5`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  insertReplayed: insertEventSql('changes() = 0'),
  purge: `DELETE FROM nonces WHERE rowid IN (
  SELECT aged.rowid FROM nonces AS aged
  WHERE aged.used_at_s <= ?1 ORDER BY aged.used_at_s LIMIT ?2)`,
} as const;

/** The statement that goes first in the batch of what a signed call does. */
export function prepareNonceUse(
  db: D1Database,
  { accessKeyId, nonce, requestId, usedAtSeconds }: NonceUse,
): D1PreparedStatement {
  const agedSeconds = usedAtSeconds - NONCE_LIFETIME_SECONDS;
  return db.prepare(NONCE_SQL.use).bind(accessKeyId, nonce, requestId, usedAtSeconds, agedSeconds);
}

export function createNonceStore(db: D1Database): NonceStore {
  return {
    async recordRefusal(use, refused, replayed) {
      const [used] = await writeRecord(() =>
        db.batch([
          prepareNonceUse(db, use),
          db.prepare(NONCE_SQL.insertEvent).bind(...eventParameters(refused)),
          db.prepare(NONCE_SQL.insertReplayed).bind(...eventParameters(replayed)),
        ]),
      );
      return wroteOne(used);
    },

    async useNonce(use, answered) {
      const record =
        answered === null
          ? []
          : [db.prepare(NONCE_SQL.insertEvent).bind(...eventParameters(answered))];
      const [used] = await writeRecord(() => db.batch([prepareNonceUse(db, use), ...record]));
      return wroteOne(used);
    },

    async purge(usedBeforeSeconds, limit) {
      const { meta } = await writeRecord(() =>
        db.prepare(NONCE_SQL.purge).bind(usedBeforeSeconds, limit).run(),
      );
      return meta.changes;
    },
  };
}
