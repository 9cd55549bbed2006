import { canWiden } from '../access/can-widen.ts';
import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { AccessKey, AccessKeyStore, SealedAccessKey } from '../access/store.ts';
import { prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { callerMayGiveSql, mayReferSql } from './policy-reference.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

export const ACCESS_KEY_COLUMNS =
  'id, account_id, name, scopes, enabled, expires_at_s, policy_id, created_at_ms, last_used_at_s' as const;

/**
 * The condition that the granting key covers every scope of a JSON array. Without a granting key it
 * is true.
 * @param scopes the SQL expression of the array
 */
function coversAllSql<const Scopes extends string>(scopes: Scopes) {
  return `(:grantKeyId IS NULL OR NOT EXISTS (
  SELECT 1 FROM json_each(${scopes}) AS wanted
  WHERE NOT EXISTS (
    SELECT 1 FROM access_keys AS granting CROSS JOIN json_each(granting.scopes) AS held
    WHERE granting.id = :grantKeyId AND held.value IN (
      '*', wanted.value, substr(wanted.value, 1, instr(wanted.value, ':')) || '*'))))` as const;
}

export const ACCESS_KEY_SQL = {
  insert: sql(`INSERT INTO access_keys (${ACCESS_KEY_COLUMNS}, secret)
SELECT :id, :accountId, :name, :scopes, :enabled, :expiresAtSeconds, :policyId,
  :createdAtMs, :lastUsedAtSeconds, :sealedSecret
WHERE ${GRANTED} AND ${visibleSql(':accountId')}
  AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = :accountId)
  AND ${coversAllSql(':scopes')}
  AND ${mayReferSql(':policyId', ':accountId')}
  AND ${callerMayGiveSql(':policyId')}`),
  explainInsert: sql(`SELECT ${mayReferSql(':policyId', ':accountId')} AS policy_found,
  ${callerMayGiveSql(':policyId')} AS policy_same FROM accounts
WHERE accounts.id = :accountId AND ${visibleSql(':accountId')}`),
  find: sql(
    `SELECT ${ACCESS_KEY_COLUMNS} FROM access_keys WHERE id = :id AND ${visibleSql('account_id')}`,
  ),
  findSealed: sql(`SELECT ${ACCESS_KEY_COLUMNS}, secret FROM access_keys
WHERE id = :id AND ${visibleSql('account_id')}`),
  list: sql(
    `SELECT ${ACCESS_KEY_COLUMNS} FROM access_keys WHERE id > :afterId ORDER BY id LIMIT :limit`,
  ),
  listOfAccount: sql(`SELECT ${ACCESS_KEY_COLUMNS} FROM access_keys
WHERE account_id = :accountId AND ${visibleSql('account_id')} AND id > :afterId
ORDER BY id LIMIT :limit`),
  update: sql(`UPDATE access_keys SET name = COALESCE(:name, name),
  scopes = COALESCE(:scopes, scopes), enabled = COALESCE(:enabled, enabled),
  expires_at_s = CASE WHEN :setsExpiry = 1 THEN :expiresAtSeconds ELSE expires_at_s END,
  policy_id = CASE WHEN :setsPolicy = 1 THEN :policyId ELSE policy_id END,
  secret = :toSecret
WHERE id = :id AND ${visibleSql('account_id')} AND ${GRANTED} AND secret = :fromSecret
  AND ${mayReferSql(':policyId', 'access_keys.account_id')}
  AND ${callerMayGiveSql('access_keys.policy_id')}
  AND (:setsPolicy = 0 OR ${callerMayGiveSql(':policyId')})
  AND (:widens = 0 OR ${coversAllSql('COALESCE(:scopes, access_keys.scopes)')})
RETURNING ${ACCESS_KEY_COLUMNS}`),
  explainUpdate: sql(`SELECT secret,
  ${mayReferSql(':policyId', 'access_keys.account_id')} AS policy_found,
  (${callerMayGiveSql('access_keys.policy_id')}
    AND (:setsPolicy = 0 OR ${callerMayGiveSql(':policyId')})) AS policy_same
FROM access_keys WHERE id = :id AND ${visibleSql('account_id')}`),
  delete: sql(`DELETE FROM access_keys
WHERE id = :id AND ${visibleSql('account_id')} AND ${GRANTED}
  AND ${callerMayGiveSql('access_keys.policy_id')}`),
} as const;

export function createAccessKeyStore(db: Database): AccessKeyStore {
  return {
    async createAccessKey(accessKey, sealedSecret, access, audit) {
      const values = {
        ...accessKey,
        scopes: JSON.stringify(accessKey.scopes),
        enabled: accessKey.enabled ? 1 : 0,
        sealedSecret,
        askingAccountId: access.accountId,
        ...grantValues(access),
      };
      const [inserted, , account] = await writeGranted(db, access, [
        ACCESS_KEY_SQL.insert.prepare(db, values),
        prepareEvent(db, audit),
        ACCESS_KEY_SQL.explainInsert.prepare(db, values),
      ]);
      if (wroteOne(inserted)) return 'created';
      const found = account?.results[0];
      if (found === undefined) return 'no-account';
      if (found.policy_same !== 1) return 'other-policy';
      return found.policy_found === 1 ? 'scopes-exceeded' : 'no-policy';
    },

    async findAccessKey(id, access) {
      const find = ACCESS_KEY_SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readAccessKey(row);
    },

    async listAccessKeys(ofAccountId, { afterId, limit }, access) {
      const askingAccountId = access.accountId;
      const accountId =
        ofAccountId ?? (askingAccountId === ROOT_ACCOUNT_ID ? null : askingAccountId);
      const page = { afterId: afterId ?? '', limit };
      const list =
        accountId === null
          ? ACCESS_KEY_SQL.list.prepare(db, page)
          : ACCESS_KEY_SQL.listOfAccount.prepare(db, { accountId, askingAccountId, ...page });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readAccessKey);
    },

    async findSealedAccessKey(id, access) {
      const find = ACCESS_KEY_SQL.findSealed.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readSealedAccessKey(row);
    },

    async updateAccessKey(id, changes, secret, access, audit) {
      const { name, scopes, enabled, expiresAtSeconds, policyId } = changes;
      const values = {
        id,
        askingAccountId: access.accountId,
        name: name ?? null,
        scopes: scopes === undefined ? null : JSON.stringify(scopes),
        enabled: enabled === undefined ? null : Number(enabled),
        setsExpiry: expiresAtSeconds === undefined ? 0 : 1,
        expiresAtSeconds: expiresAtSeconds ?? null,
        setsPolicy: policyId === undefined ? 0 : 1,
        policyId: policyId ?? null,
        widens: canWiden(changes) ? 1 : 0,
        fromSecret: secret.from,
        toSecret: secret.to,
        ...grantValues(access),
      };
      const [updated, , found] = await writeGranted(db, access, [
        ACCESS_KEY_SQL.update.prepare(db, values),
        prepareEvent(db, audit),
        ACCESS_KEY_SQL.explainUpdate.prepare(db, values),
      ]);
      const row = updated?.results[0];
      if (row !== undefined) return readAccessKey(row);
      const kept = found?.results[0];
      if (kept === undefined) return 'not-found';
      if (readText(kept, 'secret') !== secret.from) return 'changed';
      if (kept.policy_same !== 1) return 'other-policy';
      return kept.policy_found === 1 ? 'scopes-exceeded' : 'no-policy';
    },

    async deleteAccessKey(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [deleted, , kept] = await writeGranted(db, access, [
        ACCESS_KEY_SQL.delete.prepare(db, values),
        prepareEvent(db, audit),
        ACCESS_KEY_SQL.find.prepare(db, values),
      ]);
      if (wroteOne(deleted)) return 'deleted';
      return kept?.results.length === 1 ? 'other-policy' : 'not-found';
    },
  };
}

export function readSealedAccessKey(row: Row): SealedAccessKey {
  const { id, accountId, scopes, enabled, expiresAtSeconds, policyId } = readAccessKey(row);
  return {
    terms: { id, accountId, scopes, enabled, expiresAtSeconds, policyId },
    sealedSecret: readText(row, 'secret'),
  };
}

function readAccessKey(row: Row): AccessKey {
  const scopes: unknown = JSON.parse(readText(row, 'scopes'));
  if (!Array.isArray(scopes)) throw new TypeError('column scopes is not a JSON array');
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    name: readText(row, 'name'),
    scopes: scopes.map(String),
    enabled: readInteger(row, 'enabled') === 1,
    expiresAtSeconds: readIntegerOrNull(row, 'expires_at_s'),
    policyId: readTextOrNull(row, 'policy_id'),
    createdAtMs: readInteger(row, 'created_at_ms'),
    lastUsedAtSeconds: readIntegerOrNull(row, 'last_used_at_s'),
  };
}
