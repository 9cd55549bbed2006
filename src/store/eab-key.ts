import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { EabKey, EabKeyStore, SealedEabKey } from '../acme/eab-key-store.ts';
import { prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { callerMayGiveSql, mayReferSql } from './policy-reference.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

export const EAB_KEY_COLUMNS = `acme_eab_keys.id, acme_eab_keys.account_id, acme_eab_keys.name,
  acme_eab_keys.policy_id, acme_eab_keys.single_use, acme_eab_keys.enabled,
  acme_eab_keys.expires_at_s, acme_eab_keys.created_at_ms` as const;

const VISIBLE = visibleSql('acme_eab_keys.account_id');

const SAME_POLICY = callerMayGiveSql('acme_eab_keys.policy_id');

export const EAB_KEY_SQL = {
  insert: sql(`INSERT INTO acme_eab_keys (id, account_id, name, policy_id, mac_key, single_use,
  enabled, expires_at_s, created_at_ms)
SELECT :id, :accountId, :name, :policyId, :sealedMacKey, :singleUse, :enabled, :expiresAtSeconds,
  :createdAtMs
WHERE ${GRANTED} AND ${visibleSql(':accountId')}
  AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = :accountId)
  AND ${mayReferSql(':policyId', ':accountId')}
  AND ${callerMayGiveSql(':policyId')}`),
  explainInsert: sql(`SELECT ${mayReferSql(':policyId', ':accountId')} AS policy_found
FROM accounts WHERE accounts.id = :accountId AND ${visibleSql(':accountId')}`),
  find: sql(`SELECT ${EAB_KEY_COLUMNS} FROM acme_eab_keys
WHERE acme_eab_keys.id = :id AND ${VISIBLE}`),
  findSealed: sql(`SELECT ${EAB_KEY_COLUMNS}, acme_eab_keys.mac_key FROM acme_eab_keys
WHERE acme_eab_keys.id = :id AND ${VISIBLE}`),
  list: sql(`SELECT ${EAB_KEY_COLUMNS} FROM acme_eab_keys
WHERE acme_eab_keys.id > :afterId ORDER BY acme_eab_keys.id LIMIT :limit`),
  listOfAccount: sql(`SELECT ${EAB_KEY_COLUMNS} FROM acme_eab_keys
WHERE acme_eab_keys.account_id = :accountId AND ${VISIBLE} AND acme_eab_keys.id > :afterId
ORDER BY acme_eab_keys.id LIMIT :limit`),
  update: sql(`UPDATE acme_eab_keys SET name = COALESCE(:name, name),
  enabled = COALESCE(:enabled, enabled),
  expires_at_s = CASE WHEN :setsExpiry = 1 THEN :expiresAtSeconds ELSE expires_at_s END,
  mac_key = :toMacKey
WHERE acme_eab_keys.id = :id AND ${VISIBLE} AND ${GRANTED} AND mac_key = :fromMacKey
  AND ${SAME_POLICY}
RETURNING ${EAB_KEY_COLUMNS}`),
  delete: sql(`DELETE FROM acme_eab_keys
WHERE acme_eab_keys.id = :id AND ${VISIBLE} AND ${GRANTED} AND ${SAME_POLICY}`),
} as const;

const SQL = EAB_KEY_SQL;

export function createEabKeyStore(db: Database): EabKeyStore {
  return {
    async createEabKey(eabKey, sealedMacKey, access, audit) {
      const values = {
        ...eabKey,
        singleUse: eabKey.singleUse ? 1 : 0,
        enabled: eabKey.enabled ? 1 : 0,
        sealedMacKey,
        askingAccountId: access.accountId,
        ...grantValues(access),
      };
      const [inserted, , state] = await writeGranted(db, access, [
        SQL.insert.prepare(db, values),
        prepareEvent(db, audit),
        SQL.explainInsert.prepare(db, values),
      ]);
      if (wroteOne(inserted)) return 'created';
      const account = state?.results[0];
      if (account === undefined) return 'no-account';
      return account.policy_found === 1 ? 'other-policy' : 'no-policy';
    },

    async findEabKey(id, access) {
      const find = SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readEabKey(row);
    },

    async listEabKeys(ofAccountId, { afterId, limit }, access) {
      const askingAccountId = access.accountId;
      const accountId =
        ofAccountId ?? (askingAccountId === ROOT_ACCOUNT_ID ? null : askingAccountId);
      const page = { afterId: afterId ?? '', limit };
      const list =
        accountId === null
          ? SQL.list.prepare(db, page)
          : SQL.listOfAccount.prepare(db, { accountId, askingAccountId, ...page });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readEabKey);
    },

    async findSealedEabKey(id, access) {
      const find = SQL.findSealed.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readSealedEabKey(row);
    },

    async updateEabKey(id, changes, macKey, access, audit) {
      const { name, enabled, expiresAtSeconds } = changes;
      const values = {
        id,
        askingAccountId: access.accountId,
        name: name ?? null,
        enabled: enabled === undefined ? null : Number(enabled),
        setsExpiry: expiresAtSeconds === undefined ? 0 : 1,
        expiresAtSeconds: expiresAtSeconds ?? null,
        fromMacKey: macKey.from,
        toMacKey: macKey.to,
        ...grantValues(access),
      };
      const [updated, , found] = await writeGranted(db, access, [
        SQL.update.prepare(db, values),
        prepareEvent(db, audit),
        SQL.findSealed.prepare(db, values),
      ]);
      const row = updated?.results[0];
      if (row !== undefined) return readEabKey(row);
      const kept = found?.results[0];
      if (kept === undefined) return 'not-found';
      return readText(kept, 'mac_key') === macKey.from ? 'other-policy' : 'changed';
    },

    async deleteEabKey(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [deleted, , kept] = await writeGranted(db, access, [
        SQL.delete.prepare(db, values),
        prepareEvent(db, audit),
        SQL.find.prepare(db, values),
      ]);
      if (wroteOne(deleted)) return 'deleted';
      return kept?.results.length === 1 ? 'other-policy' : 'not-found';
    },
  };
}

/** Reads a row with `EAB_KEY_COLUMNS` and the MAC key. */
export function readSealedEabKey(row: Row): SealedEabKey {
  const { name: _, createdAtMs: __, ...terms } = readEabKey(row);
  return { terms, sealedMacKey: readText(row, 'mac_key') };
}

function readEabKey(row: Row): EabKey {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    name: readText(row, 'name'),
    policyId: readText(row, 'policy_id'),
    singleUse: readInteger(row, 'single_use') === 1,
    enabled: readInteger(row, 'enabled') === 1,
    expiresAtSeconds: readIntegerOrNull(row, 'expires_at_s'),
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}
