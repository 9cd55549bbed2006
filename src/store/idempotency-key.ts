import type { IdempotencyStore } from '../access/idempotency.ts';
import { writeRecord, wroteOne } from './d1.ts';
import { GRANT_PARAMETERS, grantedSql, grantParameters, writeGranted } from './grant.ts';
import { readInteger, readText } from './row.ts';

const RESERVE_PARAMETERS = 4;

export const IDEMPOTENCY_SQL = {
  reserve: `INSERT INTO idempotency_keys (account_id, key, body_sha256, status, answer, created_at_ms)
SELECT ?1, ?2, ?3, 0, '', ?4 WHERE ${grantedSql(RESERVE_PARAMETERS + 1)}
ON CONFLICT (account_id, key)
  DO UPDATE SET body_sha256 = excluded.body_sha256, status = 0, answer = '',
    created_at_ms = excluded.created_at_ms
  WHERE idempotency_keys.created_at_ms <= ?${RESERVE_PARAMETERS + GRANT_PARAMETERS + 1}`,
  find: 'SELECT body_sha256, status, answer FROM idempotency_keys WHERE account_id = ?1 AND key = ?2',
  complete: `UPDATE idempotency_keys SET status = ?5, answer = ?6
WHERE account_id = ?1 AND key = ?2 AND body_sha256 = ?3 AND created_at_ms = ?4 AND status = 0`,
  release: `DELETE FROM idempotency_keys
WHERE account_id = ?1 AND key = ?2 AND body_sha256 = ?3 AND created_at_ms = ?4 AND status = 0`,
  purge: `DELETE FROM idempotency_keys WHERE rowid IN (
  SELECT aged.rowid FROM idempotency_keys AS aged
  WHERE aged.created_at_ms <= ?1 ORDER BY aged.created_at_ms LIMIT ?2)`,
} as const;

export function createIdempotencyStore(db: D1Database): IdempotencyStore {
  return {
    async reserve({ accountId, key, bodySha256Hex, reservedAtMs }, staleMs, check) {
      const [reserved, found] = await writeGranted(db, check, [
        db
          .prepare(IDEMPOTENCY_SQL.reserve)
          .bind(accountId, key, bodySha256Hex, reservedAtMs, ...grantParameters(check), staleMs),
        db.prepare(IDEMPOTENCY_SQL.find).bind(accountId, key),
      ]);
      if (wroteOne(reserved)) return 'reserved';
      const row = found?.results[0];
      if (row === undefined) throw new TypeError('an idempotency key is neither new nor there');
      return {
        bodySha256Hex: readText(row, 'body_sha256'),
        status: readInteger(row, 'status'),
        sealedAnswer: readText(row, 'answer'),
      };
    },

    async complete({ accountId, key, bodySha256Hex, reservedAtMs }, status, sealedAnswer) {
      await writeRecord(() =>
        db
          .prepare(IDEMPOTENCY_SQL.complete)
          .bind(accountId, key, bodySha256Hex, reservedAtMs, status, sealedAnswer)
          .run(),
      );
    },

    async release({ accountId, key, bodySha256Hex, reservedAtMs }) {
      await writeRecord(() =>
        db.prepare(IDEMPOTENCY_SQL.release).bind(accountId, key, bodySha256Hex, reservedAtMs).run(),
      );
    },

    async purge(staleMs, limit) {
      const { meta } = await writeRecord(() =>
        db.prepare(IDEMPOTENCY_SQL.purge).bind(staleMs, limit).run(),
      );
      return meta.changes;
    },
  };
}
