import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { Account, AccountStore } from '../access/store.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { grantedSql, grantParameters, readGranted, writeGranted } from './grant.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const COLUMNS = 'id, name, inventory_quota, created_at_ms';

export const ACCOUNT_SQL = {
  insert: `INSERT INTO accounts (${COLUMNS})
SELECT ?1, ?2, ?3, ?4 WHERE ${grantedSql(5)}`,
  find: `SELECT ${COLUMNS} FROM accounts
WHERE id = ?1 AND (?2 = '${ROOT_ACCOUNT_ID}' OR id = ?2)`,
  list: `SELECT ${COLUMNS} FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2`,
  update: `UPDATE accounts SET name = COALESCE(?2, name),
  inventory_quota = CASE WHEN ?3 = 1 THEN ?4 ELSE inventory_quota END
WHERE id = ?1 AND ${grantedSql(5)}
RETURNING ${COLUMNS}`,
  delete: `DELETE FROM accounts
WHERE id = ?1 AND id <> '${ROOT_ACCOUNT_ID}' AND ${grantedSql(2)}
  AND NOT EXISTS (SELECT 1 FROM access_keys WHERE access_keys.account_id = ?1)
  AND NOT EXISTS (SELECT 1 FROM inventory WHERE inventory.account_id = ?1)
  AND NOT EXISTS (
    SELECT 1 FROM certificates
    WHERE certificates.account_id = ?1 AND certificates.account_id <> '${ROOT_ACCOUNT_ID}')`,
  exists: 'SELECT 1 AS found FROM accounts WHERE id = ?1',
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
} as const;

/** Who may change accounts at all is decided before; what may be seen is decided here. */
export function createAccountStore(db: D1Database): AccountStore {
  return {
    async createAccount({ id, name, inventoryQuota, createdAtMs }, access, audit) {
      await writeGranted(db, access, [
        db
          .prepare(ACCOUNT_SQL.insert)
          .bind(id, name, inventoryQuota, createdAtMs, ...grantParameters(access)),
        db.prepare(ACCOUNT_SQL.insertEvent).bind(...eventParameters(audit)),
      ]);
    },

    async findAccount(id, access) {
      const find = db.prepare(ACCOUNT_SQL.find).bind(id, access.accountId);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readAccount(row);
    },

    async listAccounts({ afterId, limit }, access) {
      const after = afterId ?? '';
      const list =
        access.accountId === ROOT_ACCOUNT_ID
          ? db.prepare(ACCOUNT_SQL.list).bind(after, limit)
          : db.prepare(ACCOUNT_SQL.find).bind(access.accountId, access.accountId);
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readAccount).filter(({ id }) => id > after);
    },

    async updateAccount(id, changes, access, audit) {
      const [updated] = await writeGranted(db, access, [
        db
          .prepare(ACCOUNT_SQL.update)
          .bind(
            id,
            changes.name ?? null,
            changes.inventoryQuota === undefined ? 0 : 1,
            changes.inventoryQuota ?? null,
            ...grantParameters(access),
          ),
        db.prepare(ACCOUNT_SQL.insertEvent).bind(...eventParameters(audit)),
      ]);
      const row = updated?.results[0];
      return row === undefined ? null : readAccount(row);
    },

    async deleteAccount(id, access, audit) {
      const [deleted, , left] = await writeGranted(db, access, [
        db.prepare(ACCOUNT_SQL.delete).bind(id, ...grantParameters(access)),
        db.prepare(ACCOUNT_SQL.insertEvent).bind(...eventParameters(audit)),
        db.prepare(ACCOUNT_SQL.exists).bind(id),
      ]);
      if (wroteOne(deleted)) return 'deleted';
      return left?.results.length === 1 ? 'in-use' : 'not-found';
    },
  };
}

function readAccount(row: Row): Account {
  return {
    id: readText(row, 'id'),
    name: readText(row, 'name'),
    inventoryQuota: readIntegerOrNull(row, 'inventory_quota'),
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}
