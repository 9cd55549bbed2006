import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { Account, AccountStore } from '../access/store.ts';
import { prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { CALLER_UNBOUNDED, mayReferSql } from './policy-reference.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const COLUMNS = 'id, name, inventory_quota, authority_quota, policy_id, created_at_ms' as const;

/** The policy is one that the account may refer to, and the caller may change that. */
const MAY_REFER = `${mayReferSql(':policyId', ':id')}
  AND (:setsPolicy = 0 OR ${CALLER_UNBOUNDED})` as const;

export const ACCOUNT_SQL = {
  insert: sql(`INSERT INTO accounts (${COLUMNS})
SELECT :id, :name, :inventoryQuota, :authorityQuota, :policyId, :createdAtMs WHERE ${GRANTED}
  AND ${MAY_REFER}`),
  find: sql(`SELECT ${COLUMNS} FROM accounts
WHERE id = :id AND ${visibleSql('id')}`),
  list: sql(`SELECT ${COLUMNS} FROM accounts WHERE id > :afterId ORDER BY id LIMIT :limit`),
  update: sql(`UPDATE accounts SET name = COALESCE(:name, name),
  inventory_quota = CASE WHEN :setsInventoryQuota = 1 THEN :inventoryQuota ELSE inventory_quota END,
  authority_quota = CASE WHEN :setsAuthorityQuota = 1 THEN :authorityQuota ELSE authority_quota END,
  policy_id = CASE WHEN :setsPolicy = 1 THEN :policyId ELSE policy_id END
WHERE id = :id AND ${GRANTED} AND ${MAY_REFER}
RETURNING ${COLUMNS}`),
  delete: sql(`DELETE FROM accounts
WHERE id = :id AND id <> '${ROOT_ACCOUNT_ID}' AND ${GRANTED}
  AND NOT EXISTS (SELECT 1 FROM access_keys WHERE access_keys.account_id = :id)
  AND NOT EXISTS (SELECT 1 FROM policies WHERE policies.account_id = :id)
  AND NOT EXISTS (SELECT 1 FROM acme_eab_keys WHERE acme_eab_keys.account_id = :id)
  AND NOT EXISTS (SELECT 1 FROM acme_accounts WHERE acme_accounts.account_id = :id)
  AND NOT EXISTS (SELECT 1 FROM inventory WHERE inventory.account_id = :id)
  AND NOT EXISTS (SELECT 1 FROM authorities WHERE authorities.account_id = :id)
  AND NOT EXISTS (
    SELECT 1 FROM external_ca_instances
    WHERE external_ca_instances.account_id = :id AND external_ca_instances.state <> 'REFUND')
  AND NOT EXISTS (
    SELECT 1 FROM certificates
    WHERE certificates.account_id = :id AND certificates.account_id <> '${ROOT_ACCOUNT_ID}')`),
  explain: sql(`SELECT EXISTS (SELECT 1 FROM accounts WHERE id = :id) AS found,
  ${mayReferSql(':policyId', ':id')} AS policy_found`),
  exists: sql('SELECT 1 AS found FROM accounts WHERE id = :id'),
} as const;

/** Writes do not check the principal's account: its routes are for `root` only. Reads do. */
export function createAccountStore(db: Database): AccountStore {
  return {
    async createAccount(account, access, audit) {
      const setsPolicy = account.policyId === null ? 0 : 1;
      const values = { ...account, setsPolicy, ...grantValues(access) };
      const [inserted, , state] = await writeGranted(db, access, [
        ACCOUNT_SQL.insert.prepare(db, values),
        prepareEvent(db, audit),
        ACCOUNT_SQL.explain.prepare(db, values),
      ]);
      return wroteOne(inserted) ? 'created' : explain(state?.results[0]);
    },

    async findAccount(id, access) {
      const find = ACCOUNT_SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readAccount(row);
    },

    async listAccounts({ afterId, limit }, access) {
      const { accountId } = access;
      const after = afterId ?? '';
      // Another account's list has only itself.
      const list =
        accountId === ROOT_ACCOUNT_ID
          ? ACCOUNT_SQL.list.prepare(db, { afterId: after, limit })
          : ACCOUNT_SQL.find.prepare(db, { id: accountId, askingAccountId: accountId });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readAccount).filter(({ id }) => id > after);
    },

    async updateAccount(id, { name, inventoryQuota, authorityQuota, policyId }, access, audit) {
      const values = {
        id,
        name: name ?? null,
        setsInventoryQuota: inventoryQuota === undefined ? 0 : 1,
        inventoryQuota: inventoryQuota ?? null,
        setsAuthorityQuota: authorityQuota === undefined ? 0 : 1,
        authorityQuota: authorityQuota ?? null,
        setsPolicy: policyId === undefined ? 0 : 1,
        policyId: policyId ?? null,
        ...grantValues(access),
      };
      const [updated, , state] = await writeGranted(db, access, [
        ACCOUNT_SQL.update.prepare(db, values),
        prepareEvent(db, audit),
        ACCOUNT_SQL.explain.prepare(db, values),
      ]);
      const row = updated?.results[0];
      if (row !== undefined) return readAccount(row);
      const reason = state?.results[0];
      return reason?.found === 1 ? explain(reason) : 'not-found';
    },

    async deleteAccount(id, access, audit) {
      const [deleted, , left] = await writeGranted(db, access, [
        ACCOUNT_SQL.delete.prepare(db, { id, ...grantValues(access) }),
        prepareEvent(db, audit),
        ACCOUNT_SQL.exists.prepare(db, { id }),
      ]);
      if (wroteOne(deleted)) return 'deleted';
      return left?.results.length === 1 ? 'in-use' : 'not-found';
    },
  };
}

/** Why the policy was not set. */
function explain(row: Row | undefined): 'no-policy' | 'caller-bounded' {
  return row?.policy_found === 1 ? 'caller-bounded' : 'no-policy';
}

function readAccount(row: Row): Account {
  return {
    id: readText(row, 'id'),
    name: readText(row, 'name'),
    inventoryQuota: readIntegerOrNull(row, 'inventory_quota'),
    authorityQuota: readIntegerOrNull(row, 'authority_quota'),
    policyId: readTextOrNull(row, 'policy_id'),
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}
