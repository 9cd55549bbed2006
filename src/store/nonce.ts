import { NONCE_LIFETIME_SECONDS, type NonceStore, type NonceUse } from '../access/nonces.ts';
import { AUDIT_EVENT_SQL, eventValues, prepareEvent } from './audit-event.ts';
import { writeRecord, wroteOne } from './d1.ts';
import { sql } from './sql.ts';

export const NONCE_SQL = {
  /** Writes its row only if no other request has used the nonce within its lifetime. */
  use: sql(`INSERT INTO nonces (access_key_id, nonce, request_id, used_at_s)
VALUES (:accessKeyId, :nonce, :requestId, :usedAtSeconds)
ON CONFLICT (access_key_id, nonce)
  DO UPDATE SET request_id = excluded.request_id, used_at_s = excluded.used_at_s
  WHERE nonces.request_id = excluded.request_id OR nonces.used_at_s <= :expiredSeconds`),
  deleteExpired: sql(`DELETE FROM nonces WHERE rowid IN (
  SELECT expired.rowid FROM nonces AS expired
  WHERE expired.used_at_s <= :usedBeforeSeconds ORDER BY expired.used_at_s LIMIT :limit)`),
} as const;

/** The first statement in the batch of a signed call. */
export function prepareNonceUse(
  db: D1Database,
  { accessKeyId, nonce, requestId, usedAtSeconds }: NonceUse,
): D1PreparedStatement {
  const expiredSeconds = usedAtSeconds - NONCE_LIFETIME_SECONDS;
  const values = { accessKeyId, nonce, requestId, usedAtSeconds, expiredSeconds };
  return NONCE_SQL.use.prepare(db, values);
}

export function createNonceStore(db: D1Database): NonceStore {
  return {
    async recordRefusal(use, refused, replayed) {
      const [used] = await writeRecord(() =>
        db.batch([
          prepareNonceUse(db, use),
          prepareEvent(db, refused),
          AUDIT_EVENT_SQL.afterNoChange.prepare(db, eventValues(replayed)),
        ]),
      );
      return wroteOne(used);
    },

    async useNonce(use, answered) {
      const record = answered === null ? [] : [prepareEvent(db, answered)];
      const [used] = await writeRecord(() => db.batch([prepareNonceUse(db, use), ...record]));
      return wroteOne(used);
    },

    async deleteExpired(usedBeforeSeconds, limit) {
      const remove = NONCE_SQL.deleteExpired.prepare(db, { usedBeforeSeconds, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}
