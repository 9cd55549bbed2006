import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { PolicyStore, SealedPolicy } from '../policy/store.ts';
import { prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { CALLER_UNBOUNDED } from './policy-reference.ts';
import { type Row, readInteger, readText } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

export const POLICY_COLUMNS = `policies.id, policies.account_id, policies.name, policies.rules,
  policies.revision, policies.created_at_ms, policies.updated_at_ms` as const;

const OWN = visibleSql('policies.account_id');

export const POLICY_SQL = {
  insert: sql(`INSERT INTO policies
  (id, account_id, name, rules, revision, created_at_ms, updated_at_ms)
SELECT :id, :accountId, :name, :sealedRules, :revision, :createdAtMs, :updatedAtMs
WHERE ${GRANTED} AND ${CALLER_UNBOUNDED} AND ${visibleSql(':accountId')}
  AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = :accountId)`),
  find: sql(`SELECT ${POLICY_COLUMNS} FROM policies
WHERE policies.id = :id AND (policies.account_id = '${ROOT_ACCOUNT_ID}' OR ${OWN})`),
  explain: sql(`SELECT ${CALLER_UNBOUNDED} AS unbounded,
  EXISTS (SELECT 1 FROM policies WHERE policies.id = :id AND ${OWN}) AS found`),
  list: sql(`SELECT ${POLICY_COLUMNS} FROM policies
WHERE policies.id > :afterId ORDER BY policies.id LIMIT :limit`),
  listOfAccount: sql(`SELECT ${POLICY_COLUMNS} FROM policies
WHERE policies.account_id = :accountId AND ${OWN} AND policies.id > :afterId
ORDER BY policies.id LIMIT :limit`),
  update: sql(`UPDATE policies SET name = :name, rules = :sealedRules, revision = :revision,
  updated_at_ms = :updatedAtMs
WHERE policies.id = :id AND ${OWN} AND ${GRANTED} AND ${CALLER_UNBOUNDED}
  AND policies.revision = :revision - 1`),
  delete: sql(`DELETE FROM policies
WHERE policies.id = :id AND ${OWN} AND ${GRANTED} AND ${CALLER_UNBOUNDED}
  AND NOT EXISTS (SELECT 1 FROM access_keys WHERE access_keys.policy_id = :id)
  AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.policy_id = :id)
  AND NOT EXISTS (SELECT 1 FROM authorities WHERE authorities.policy_id = :id)
  AND NOT EXISTS (SELECT 1 FROM acme_eab_keys WHERE acme_eab_keys.policy_id = :id)`),
} as const;

export function createPolicyStore(db: Database): PolicyStore {
  return {
    async createPolicy(policy, access, audit) {
      const values = { ...policy, askingAccountId: access.accountId, ...grantValues(access) };
      const [inserted, , state] = await writeGranted(db, access, [
        POLICY_SQL.insert.prepare(db, values),
        prepareEvent(db, audit),
        POLICY_SQL.explain.prepare(db, values),
      ]);
      if (wroteOne(inserted)) return 'created';
      return state?.results[0]?.unbounded === 1 ? 'no-account' : 'caller-bounded';
    },

    async findPolicy(id, access) {
      const find = POLICY_SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readSealedPolicy(row);
    },

    async listPolicies(ofAccountId, { afterId, limit }, access) {
      const askingAccountId = access.accountId;
      const accountId =
        ofAccountId ?? (askingAccountId === ROOT_ACCOUNT_ID ? null : askingAccountId);
      const page = { afterId: afterId ?? '', limit };
      const list =
        accountId === null
          ? POLICY_SQL.list.prepare(db, page)
          : POLICY_SQL.listOfAccount.prepare(db, { accountId, askingAccountId, ...page });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readSealedPolicy);
    },

    async updatePolicy(policy, access, audit) {
      const values = { ...policy, askingAccountId: access.accountId, ...grantValues(access) };
      const [updated, , state] = await writeGranted(db, access, [
        POLICY_SQL.update.prepare(db, values),
        prepareEvent(db, audit),
        POLICY_SQL.explain.prepare(db, values),
      ]);
      if (wroteOne(updated)) return 'updated';
      return explain(state?.results[0], 'changed');
    },

    async deletePolicy(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [deleted, , state] = await writeGranted(db, access, [
        POLICY_SQL.delete.prepare(db, values),
        prepareEvent(db, audit),
        POLICY_SQL.explain.prepare(db, values),
      ]);
      if (wroteOne(deleted)) return 'deleted';
      return explain(state?.results[0], 'in-use');
    },
  };
}

function explain<T extends string>(
  row: Row | undefined,
  otherwise: T,
): T | 'caller-bounded' | 'not-found' {
  if (row?.unbounded !== 1) return 'caller-bounded';
  return row.found === 1 ? otherwise : 'not-found';
}

/** Reads a row with `POLICY_COLUMNS`. */
export function readSealedPolicy(row: Row): SealedPolicy {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    name: readText(row, 'name'),
    sealedRules: readText(row, 'rules'),
    revision: readInteger(row, 'revision'),
    createdAtMs: readInteger(row, 'created_at_ms'),
    updatedAtMs: readInteger(row, 'updated_at_ms'),
  };
}
