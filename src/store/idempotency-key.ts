import type { IdempotencyStore } from '../access/idempotency.ts';
import { writeRecord, wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, writeGranted } from './grant.ts';
import { readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

/** The reservation that this very request made, still without an answer. */
const OWN_RESERVATION = `account_id = :accountId AND key = :key AND body_sha256 = :bodySha256Hex
  AND created_at_ms = :reservedAtMs AND status = 0` as const;

export const IDEMPOTENCY_SQL = {
  reserve: sql(`INSERT INTO idempotency_keys
  (account_id, key, body_sha256, status, answer, created_at_ms)
SELECT :accountId, :key, :bodySha256Hex, 0, '', :reservedAtMs WHERE ${GRANTED}
ON CONFLICT (account_id, key)
  DO UPDATE SET body_sha256 = excluded.body_sha256, status = 0, answer = '',
    created_at_ms = excluded.created_at_ms
  WHERE idempotency_keys.created_at_ms <= :expiredMs`),
  find: sql(`SELECT body_sha256, status, answer FROM idempotency_keys
WHERE account_id = :accountId AND key = :key`),
  complete: sql(`UPDATE idempotency_keys SET status = :status, answer = :sealedAnswer
WHERE ${OWN_RESERVATION}`),
  release: sql(`DELETE FROM idempotency_keys
WHERE ${OWN_RESERVATION}`),
  deleteExpired: sql(`DELETE FROM idempotency_keys WHERE rowid IN (
  SELECT expired.rowid FROM idempotency_keys AS expired
  WHERE expired.created_at_ms <= :expiredMs ORDER BY expired.created_at_ms LIMIT :limit)`),
} as const;

export function createIdempotencyStore(db: Database): IdempotencyStore {
  return {
    async reserve(reservation, expiredMs, check) {
      const values = { ...reservation, ...grantValues(check), expiredMs };
      const [reserved, found] = await writeGranted(db, check, [
        IDEMPOTENCY_SQL.reserve.prepare(db, values),
        IDEMPOTENCY_SQL.find.prepare(db, values),
      ]);
      if (wroteOne(reserved)) return 'reserved';
      const row = found?.results[0];
      if (row === undefined) {
        throw new TypeError('the idempotency key was neither reserved nor found');
      }
      return {
        bodySha256Hex: readText(row, 'body_sha256'),
        status: readInteger(row, 'status'),
        sealedAnswer: readText(row, 'answer'),
      };
    },

    async complete(reservation, status, sealedAnswer) {
      const complete = IDEMPOTENCY_SQL.complete.prepare(db, {
        ...reservation,
        status,
        sealedAnswer,
      });
      await writeRecord(() => complete.run());
    },

    async release(reservation) {
      const release = IDEMPOTENCY_SQL.release.prepare(db, reservation);
      await writeRecord(() => release.run());
    },

    async deleteExpired(expiredMs, limit) {
      const remove = IDEMPOTENCY_SQL.deleteExpired.prepare(db, { expiredMs, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}
