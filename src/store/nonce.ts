import { NONCE_LIFETIME_SECONDS, type NonceStore, type NonceUse } from '../access/nonces.ts';
import { eventValues, insertRefusalIfSql, prepareEvent } from './audit-event.ts';
import { writeRecord, wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, writeGranted } from './grant.ts';
import type { Row } from './row.ts';
import { sql } from './sql.ts';

/** The condition that there is no access key to check, or that it is enabled and has not expired. */
const LIVE = `(:liveKeyId IS NULL OR EXISTS (
  SELECT 1 FROM access_keys
  WHERE access_keys.id = :liveKeyId AND access_keys.enabled = 1
    AND (access_keys.expires_at_s IS NULL OR access_keys.expires_at_s > :usedAtSeconds)))` as const;

/** Writes a row only if no other request has used the nonce within its lifetime. */
function useSql<const Condition extends string>(condition: Condition) {
  return `INSERT INTO nonces (access_key_id, nonce, request_id, used_at_s)
SELECT :accessKeyId, :nonce, :requestId, :usedAtSeconds WHERE ${condition}
ON CONFLICT (access_key_id, nonce)
  DO UPDATE SET request_id = excluded.request_id, used_at_s = excluded.used_at_s
  WHERE nonces.request_id = excluded.request_id OR nonces.used_at_s <= :expiredSeconds` as const;
}

const USED_BY_THIS = `EXISTS (
  SELECT 1 FROM nonces
  WHERE nonces.access_key_id = :accessKeyId AND nonces.nonce = :nonce
    AND nonces.request_id = :requestId)` as const;

export const NONCE_SQL = {
  use: sql(useSql(GRANTED)),
  useForRefusal: sql(useSql(LIVE)),
  insertRefused: sql(insertRefusalIfSql(`${LIVE} AND ${USED_BY_THIS}`)),
  insertReplayed: sql(insertRefusalIfSql(`${LIVE} AND NOT ${USED_BY_THIS}`)),
  readKeyState: sql(`SELECT access_keys.enabled,
  COALESCE(access_keys.expires_at_s <= :usedAtSeconds, 0) AS expired
FROM access_keys WHERE access_keys.id = :liveKeyId`),
  deleteExpired: sql(`DELETE FROM nonces WHERE rowid IN (
  SELECT expired.rowid FROM nonces AS expired
  WHERE expired.used_at_s <= :usedBeforeSeconds ORDER BY expired.used_at_s LIMIT :limit)`),
} as const;

export function createNonceStore(db: Database): NonceStore {
  return {
    async recordRefusal(use, liveKeyId, refused, replayed) {
      const values = { ...useValues(use), liveKeyId };
      const [used, , , state] = await writeRecord(() =>
        db.batch<Row>([
          NONCE_SQL.useForRefusal.prepare(db, values),
          NONCE_SQL.insertRefused.prepare(db, { ...values, ...eventValues(refused) }),
          NONCE_SQL.insertReplayed.prepare(db, { ...values, ...eventValues(replayed) }),
          NONCE_SQL.readKeyState.prepare(db, values),
        ]),
      );
      const row = state?.results[0];
      return {
        isFirst: wroteOne(used),
        keyState:
          row === undefined ? null : { enabled: row.enabled === 1, expired: row.expired !== 0 },
      };
    },

    async useNonce(use, check, answered) {
      const values = { ...useValues(use), ...grantValues(check) };
      const [used] = await writeGranted(db, check, [
        NONCE_SQL.use.prepare(db, values),
        ...(answered === null ? [] : [prepareEvent(db, answered)]),
      ]);
      return wroteOne(used);
    },

    async deleteExpired(usedBeforeSeconds, limit) {
      const remove = NONCE_SQL.deleteExpired.prepare(db, { usedBeforeSeconds, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}

function useValues({ accessKeyId, nonce, requestId, usedAtSeconds }: NonceUse) {
  const expiredSeconds = usedAtSeconds - NONCE_LIFETIME_SECONDS;
  return { accessKeyId, nonce, requestId, usedAtSeconds, expiredSeconds };
}
