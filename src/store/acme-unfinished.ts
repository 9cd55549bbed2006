import type { UnfinishedStore } from '../acme/orders/order-store.ts';
import { joinOrder, readAuthorization, readOrder } from './acme-order-row.ts';
import { AUTHORIZATION_COLUMNS, ORDER_COLUMNS } from './acme-order-sql.ts';
import { writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readText } from './row.ts';
import { sql } from './sql.ts';

/**
 * The condition that the job takes over what a request has begun. If its time is much later than the job
 * would set it, a clock that was ahead has set it.
 */
function isLateSql<const Column extends string>(column: Column) {
  return `${column} IS NOT NULL
    AND ${column} NOT BETWEEN :nowSeconds + 1 AND :untilSeconds + ${CLOCK_DIFFERENCE_SECONDS}` as const;
}

/** The clocks of two machines differ. */
const CLOCK_DIFFERENCE_SECONDS = 60;

/** After so many attempts, a validation that never ends is left to its authorization's expiry. */
const MAX_ATTEMPTS = 5;

export const ACME_UNFINISHED_SQL = {
  takeValidations: sql(`UPDATE acme_authorizations
SET attempts = attempts + 1,
  attempt_until_s = CASE WHEN attempts < ${MAX_ATTEMPTS} THEN :untilSeconds END
WHERE acme_authorizations.id IN (
  SELECT late.id FROM acme_authorizations AS late
  WHERE ${isLateSql('late.attempt_until_s')}
  ORDER BY late.attempt_until_s LIMIT :limit)
RETURNING ${AUTHORIZATION_COLUMNS}, (
  SELECT acme_accounts.lineage FROM acme_accounts
  WHERE acme_accounts.id = acme_authorizations.acme_account_id) AS lineage`),
  takeOrders: sql(`UPDATE acme_orders SET processing_until_s = :untilSeconds
WHERE acme_orders.id IN (
  SELECT late.id FROM acme_orders AS late
  WHERE ${isLateSql('late.processing_until_s')}
  ORDER BY late.processing_until_s LIMIT :limit)
RETURNING ${ORDER_COLUMNS}, (
  SELECT acme_accounts.lineage FROM acme_accounts
  WHERE acme_accounts.id = acme_orders.acme_account_id) AS lineage`),
  listAuthorizations: sql(`SELECT ${AUTHORIZATION_COLUMNS} FROM acme_authorizations
WHERE acme_authorizations.order_id IN (SELECT value FROM json_each(:orderIds))`),
} as const;

const SQL = ACME_UNFINISHED_SQL;

export function createUnfinishedStore(db: Database): UnfinishedStore {
  return {
    async takeValidations(nowSeconds, untilSeconds, limit) {
      const take = SQL.takeValidations.prepare(db, { nowSeconds, untilSeconds, limit });
      const { results } = await writeRecord(() => take.all<Row>());
      return results.map((row) => ({
        authorization: readAuthorization(row),
        lineageId: readText(row, 'lineage'),
      }));
    },

    async takeOrders(nowSeconds, untilSeconds, limit) {
      const take = SQL.takeOrders.prepare(db, { nowSeconds, untilSeconds, limit });
      const { results } = await writeRecord(() => take.all<Row>());
      if (results.length === 0) return [];
      const orderIds = JSON.stringify(results.map((row) => readText(row, 'id')));
      const list = SQL.listAuthorizations.prepare(db, { orderIds });
      const authorizations = (await writeRecord(() => list.all<Row>())).results;
      return results.map((row) => ({
        state: joinOrder(readOrder(row), authorizations.map(readAuthorization)),
        lineageId: readText(row, 'lineage'),
      }));
    },
  };
}
