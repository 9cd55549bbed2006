import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { AccessKey, AccessKeyStore } from '../access/store.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import {
  GRANT_PARAMETERS,
  grantedSql,
  grantParameters,
  readGranted,
  writeGranted,
} from './grant.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const COLUMNS = `id, account_id, name, scopes, enabled, expires_at_s, created_at_ms, last_used_at_s`;

/** An account that whoever asks may see; the arguments are parameters. */
function visibleSql(accountId: string, asking: string): string {
  return `(${asking} = '${ROOT_ACCOUNT_ID}' OR ${accountId} = ${asking})`;
}

/**
 * Every scope of the JSON array is covered by one of the granting key's own; without a granting key
 * (null) all are. The arguments are SQL expressions.
 */
function holdsAllSql(grantingKeyId: string, scopes: string): string {
  return `(${grantingKeyId} IS NULL OR NOT EXISTS (
  SELECT 1 FROM json_each(${scopes}) AS wanted
  WHERE NOT EXISTS (
    SELECT 1 FROM access_keys AS granting CROSS JOIN json_each(granting.scopes) AS held
    WHERE granting.id = ${grantingKeyId} AND held.value IN (
      '*', wanted.value, substr(wanted.value, 1, instr(wanted.value, ':')) || '*'))))`;
}

const INSERT_GRANT = 10;
const INSERT_ASKING = `?${INSERT_GRANT + GRANT_PARAMETERS}`;
const UPDATE_GRANT = 9;

export const ACCESS_KEY_SQL = {
  insert: `INSERT INTO access_keys (${COLUMNS}, secret)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
WHERE ${grantedSql(INSERT_GRANT)} AND ${visibleSql('?2', INSERT_ASKING)}
  AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = ?2)
  AND ${holdsAllSql(`?${INSERT_GRANT}`, '?4')}`,
  explainInsert: `SELECT 1 AS account FROM accounts
WHERE accounts.id = ?1 AND ${visibleSql('?1', '?2')}`,
  find: `SELECT ${COLUMNS} FROM access_keys WHERE id = ?1 AND ${visibleSql('account_id', '?2')}`,
  list: `SELECT ${COLUMNS} FROM access_keys WHERE id > ?1 ORDER BY id LIMIT ?2`,
  listOfAccount: `SELECT ${COLUMNS} FROM access_keys
WHERE account_id = ?1 AND ${visibleSql('account_id', '?2')} AND id > ?3 ORDER BY id LIMIT ?4`,
  update: `UPDATE access_keys SET name = COALESCE(?3, name), scopes = COALESCE(?4, scopes),
  enabled = COALESCE(?5, enabled),
  expires_at_s = CASE WHEN ?6 = 1 THEN ?7 ELSE expires_at_s END
WHERE id = ?1 AND ${visibleSql('account_id', '?2')} AND ${grantedSql(UPDATE_GRANT)}
  AND (?8 = 0 OR ${holdsAllSql(`?${UPDATE_GRANT}`, 'COALESCE(?4, access_keys.scopes)')})
RETURNING ${COLUMNS}`,
  delete: `DELETE FROM access_keys
WHERE id = ?1 AND ${visibleSql('account_id', '?2')} AND ${grantedSql(3)}`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
} as const;

export function createAccessKeyStore(db: D1Database): AccessKeyStore {
  return {
    async createAccessKey(accessKey, sealedSecret, access, audit) {
      const [inserted, , account] = await writeGranted(db, access, [
        db
          .prepare(ACCESS_KEY_SQL.insert)
          .bind(
            accessKey.id,
            accessKey.accountId,
            accessKey.name,
            JSON.stringify(accessKey.scopes),
            accessKey.enabled ? 1 : 0,
            accessKey.expiresAtSeconds,
            accessKey.createdAtMs,
            accessKey.lastUsedAtSeconds,
            sealedSecret,
            ...grantParameters(access),
            access.accountId,
          ),
        db.prepare(ACCESS_KEY_SQL.insertEvent).bind(...eventParameters(audit)),
        db.prepare(ACCESS_KEY_SQL.explainInsert).bind(accessKey.accountId, access.accountId),
      ]);
      if (wroteOne(inserted)) return 'created';
      return account?.results.length === 1 ? 'scopes-exceeded' : 'no-account';
    },

    async findAccessKey(id, access) {
      const find = db.prepare(ACCESS_KEY_SQL.find).bind(id, access.accountId);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readAccessKey(row);
    },

    async listAccessKeys(accountId, { afterId, limit }, access) {
      const of = accountId ?? (access.accountId === ROOT_ACCOUNT_ID ? null : access.accountId);
      const list =
        of === null
          ? db.prepare(ACCESS_KEY_SQL.list).bind(afterId ?? '', limit)
          : db
              .prepare(ACCESS_KEY_SQL.listOfAccount)
              .bind(of, access.accountId, afterId ?? '', limit);
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readAccessKey);
    },

    async updateAccessKey(id, changes, access, audit) {
      const { name, scopes, enabled, expiresAtSeconds } = changes;
      const widens = scopes !== undefined || enabled === true || expiresAtSeconds !== undefined;
      const [updated, , found] = await writeGranted(db, access, [
        db
          .prepare(ACCESS_KEY_SQL.update)
          .bind(
            id,
            access.accountId,
            name ?? null,
            scopes === undefined ? null : JSON.stringify(scopes),
            enabled === undefined ? null : Number(enabled),
            expiresAtSeconds === undefined ? 0 : 1,
            expiresAtSeconds ?? null,
            widens ? 1 : 0,
            ...grantParameters(access),
          ),
        db.prepare(ACCESS_KEY_SQL.insertEvent).bind(...eventParameters(audit)),
        db.prepare(ACCESS_KEY_SQL.find).bind(id, access.accountId),
      ]);
      const row = updated?.results[0];
      if (row !== undefined) return readAccessKey(row);
      return found?.results.length === 1 ? 'scopes-exceeded' : 'not-found';
    },

    async deleteAccessKey(id, access, audit) {
      const [deleted] = await writeGranted(db, access, [
        db.prepare(ACCESS_KEY_SQL.delete).bind(id, access.accountId, ...grantParameters(access)),
        db.prepare(ACCESS_KEY_SQL.insertEvent).bind(...eventParameters(audit)),
      ]);
      return wroteOne(deleted) ? 'deleted' : 'not-found';
    },
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
    createdAtMs: readInteger(row, 'created_at_ms'),
    lastUsedAtSeconds: readIntegerOrNull(row, 'last_used_at_s'),
  };
}
