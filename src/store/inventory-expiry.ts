import type { ExpiryStore } from '../inventory/mark-expiring.ts';
import { writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';

const DAY_SECONDS = 86_400;

/** The last threshold that an entry has passed, for entries that have passed the first one. */
const PASSED_THRESHOLD = `CASE WHEN inventory.not_after_s < :nowSeconds THEN 0 ELSE (
  SELECT MIN(threshold.value) FROM json_each(:thresholdsJson) AS threshold
  WHERE inventory.not_after_s <= :nowSeconds + threshold.value * ${DAY_SECONDS}) END` as const;

/**
 * The entries whose threshold was not recorded before, or for which a clock that was ahead recorded a later
 * one. The second condition is that of the partial index.
 */
const DUE = `inventory.not_after_s <= :nowSeconds + :firstThresholdDays * ${DAY_SECONDS}
  AND COALESCE(inventory.notified_days, 1) > 0
  AND (inventory.notified_days IS NULL OR inventory.notified_days > ${PASSED_THRESHOLD}
    OR inventory.not_after_s > :nowSeconds + inventory.notified_days * ${DAY_SECONDS})
ORDER BY inventory.not_after_s LIMIT :limit` as const;

export const EXPIRY_SQL = {
  /** No index finds the entries that are recorded as expired. */
  forgetEarly: sql(`UPDATE inventory SET notified_days = NULL
WHERE inventory.notified_days = 0 AND inventory.not_after_s >= :nowSeconds`),
  /** Goes before `claim` in one batch, and finds the same entries. */
  insertEvents: sql(`INSERT INTO audit_events
  (at_ms, account_id, actor, action, outcome, authority_id, target, detail, request_id,
   remote_address, country)
SELECT :atMs, inventory.account_id, 'job',
  CASE WHEN inventory.not_after_s < :nowSeconds THEN 'inventory.expire' ELSE 'inventory.expire-soon' END,
  'done', NULL, inventory.id, json_object('days', ${PASSED_THRESHOLD}), :requestId, NULL, NULL
FROM inventory WHERE ${DUE}`),
  claim: sql(`UPDATE inventory SET notified_days = ${PASSED_THRESHOLD}
WHERE inventory.id IN (
  SELECT inventory.id FROM inventory WHERE ${DUE})
RETURNING id, account_id, name, not_after_s, notified_days`),
} as const;

export function createExpiryStore(db: Database): ExpiryStore {
  return {
    async forgetEarly(nowSeconds) {
      await writeRecord(() => EXPIRY_SQL.forgetEarly.prepare(db, { nowSeconds }).run());
    },

    async claimExpiring(nowSeconds, thresholdDays, limit, { atMs, requestId }) {
      const values = {
        ...{ nowSeconds, limit, atMs, requestId },
        thresholdsJson: JSON.stringify(thresholdDays),
        firstThresholdDays: Math.max(0, ...thresholdDays),
      };
      const [, claimed] = await writeRecord(() =>
        db.batch<Row>([
          EXPIRY_SQL.insertEvents.prepare(db, values),
          EXPIRY_SQL.claim.prepare(db, values),
        ]),
      );
      return (claimed?.results ?? []).map((row) => ({
        id: readText(row, 'id'),
        accountId: readText(row, 'account_id'),
        name: readText(row, 'name'),
        notAfterSeconds: readInteger(row, 'not_after_s'),
        thresholdDays: readInteger(row, 'notified_days'),
      }));
    },
  };
}
