import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { SessionRecord, SessionStore, SignInFailureStore } from '../access/session-store.ts';
import { prepareEvent } from './audit-event.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import type { Database, Result } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

/** The other sessions are only left until the job deletes them. */
const NOT_ENDED =
  `sessions.expires_at_s > :expiredSeconds AND sessions.last_used_at_s > :idleSeconds` as const;

const SESSION_COLUMNS = `sessions.id, sessions.token_sha256, sessions.access_key_id,
  sessions.account_id, sessions.mac, sessions.remote_address, sessions.created_at_s,
  sessions.last_used_at_s, sessions.expires_at_s` as const;

const LISTED_COLUMNS = `${SESSION_COLUMNS}, (
    SELECT access_keys.name FROM access_keys
    WHERE access_keys.id = sessions.access_key_id) AS access_key_name` as const;

export const SESSION_SQL = {
  insert: sql(`INSERT INTO sessions
  (id, token_sha256, access_key_id, account_id, mac, remote_address, created_at_s, last_used_at_s,
   expires_at_s)
VALUES (:id, :tokenSha256Hex, :accessKeyId, :accountId, :mac, :remoteAddress, :createdAtSeconds,
  :lastUsedAtSeconds, :expiresAtSeconds)`),
  find: sql(`SELECT ${SESSION_COLUMNS} FROM sessions WHERE token_sha256 = :tokenSha256Hex`),
  noteUse: sql(`UPDATE sessions SET last_used_at_s = MAX(last_used_at_s, :nowSeconds)
WHERE id = :id`),
  delete: sql(`DELETE FROM sessions WHERE id = :id`),
  list: sql(`SELECT ${LISTED_COLUMNS} FROM sessions
WHERE id > :afterId AND ${NOT_ENDED} ORDER BY id LIMIT :limit`),
  listOfAccount: sql(`SELECT ${LISTED_COLUMNS} FROM sessions
WHERE account_id = :askingAccountId AND id > :afterId AND ${NOT_ENDED}
ORDER BY id LIMIT :limit`),
  revoke: sql(`DELETE FROM sessions
WHERE id = :id AND ${visibleSql('account_id')} AND ${GRANTED}`),
  deleteExpired: sql(`DELETE FROM sessions WHERE id IN (
  SELECT old.id FROM sessions AS old
  WHERE old.expires_at_s <= :expiredSeconds ORDER BY old.expires_at_s LIMIT :limit)`),
} as const;

export const SIGN_IN_FAILURE_SQL = {
  addOfAddress: sql(`INSERT INTO sign_in_failures (subject, window, failures)
VALUES (:address, :window, 1)
ON CONFLICT (subject, window) DO UPDATE SET failures = failures + 1
RETURNING failures`),
  addOfKey: sql(`INSERT INTO sign_in_failures (subject, window, failures)
SELECT :key, :window, 1 WHERE (
  SELECT of_address.failures FROM sign_in_failures AS of_address
  WHERE of_address.subject = :address AND of_address.window = :window) <= :maxOfAddress
ON CONFLICT (subject, window) DO UPDATE SET failures = failures + 1
RETURNING failures`),
  remove: sql(`UPDATE sign_in_failures SET failures = failures - 1
WHERE subject IN (SELECT value FROM json_each(:subjects)) AND window = :window`),
  deleteEmpty: sql(`DELETE FROM sign_in_failures
WHERE subject IN (SELECT value FROM json_each(:subjects)) AND window = :window AND failures < 1`),
  deleteOld: sql(`DELETE FROM sign_in_failures WHERE (subject, window) IN (
  SELECT old.subject, old.window FROM sign_in_failures AS old
  WHERE old.window < :beforeWindow ORDER BY old.window LIMIT :limit)`),
} as const;

export function createSessionStore(db: Database): SessionStore & SignInFailureStore {
  return {
    async insertSession({ session, tokenSha256Hex, mac }, audit) {
      const insert = SESSION_SQL.insert.prepare(db, { ...session, tokenSha256Hex, mac });
      await writeRecord(() => db.batch([insert, prepareEvent(db, audit)]));
    },

    async findSession(tokenSha256Hex) {
      const find = SESSION_SQL.find.prepare(db, { tokenSha256Hex });
      const row = await readRecord(() => find.first<Row>());
      return row === null ? null : readSession(row);
    },

    async noteUse(id, nowSeconds) {
      await writeRecord(() => SESSION_SQL.noteUse.prepare(db, { id, nowSeconds }).run());
    },

    async deleteSession(id, audit) {
      const remove = SESSION_SQL.delete.prepare(db, { id });
      await writeRecord(() => db.batch([remove, prepareEvent(db, audit)]));
    },

    async listSessions({ afterId, limit }, endedBefore, access) {
      const { accountId } = access;
      const values = { afterId: afterId ?? '', limit, ...endedBefore, askingAccountId: accountId };
      const { list, listOfAccount } = SESSION_SQL;
      const statement = accountId === ROOT_ACCOUNT_ID ? list : listOfAccount;
      const [listed] = await readGranted(db, access, [statement.prepare(db, values)]);
      return (listed?.results ?? []).map((row) => ({
        ...readSession(row).session,
        accessKeyName: readTextOrNull(row, 'access_key_name'),
      }));
    },

    async revokeSession(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [revoked] = await writeGranted(db, access, [
        SESSION_SQL.revoke.prepare(db, values),
        prepareEvent(db, audit),
      ]);
      return wroteOne(revoked);
    },

    async deleteEnded({ expiredSeconds }, limit) {
      const remove = SESSION_SQL.deleteExpired.prepare(db, { expiredSeconds, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },

    async addFailure(subjects, maxOfAddress, window) {
      const values = { ...subjects, maxOfAddress, window };
      const statements = [SIGN_IN_FAILURE_SQL.addOfAddress, SIGN_IN_FAILURE_SQL.addOfKey];
      const [ofAddress, ofKey] = await writeRecord(() =>
        db.batch<Row>(statements.map((each) => each.prepare(db, values))),
      );
      return { ofAddress: readFailures(ofAddress), ofKey: readFailures(ofKey) };
    },

    async removeFailure(subjects, window) {
      const values = { subjects: JSON.stringify(subjects), window };
      const statements = [SIGN_IN_FAILURE_SQL.remove, SIGN_IN_FAILURE_SQL.deleteEmpty];
      await writeRecord(() => db.batch(statements.map((each) => each.prepare(db, values))));
    },

    async deleteFailures(beforeWindow, limit) {
      const remove = SIGN_IN_FAILURE_SQL.deleteOld.prepare(db, { beforeWindow, limit });
      return (await writeRecord(() => remove.run())).meta.changes;
    },
  };
}

function readFailures(counted: Result<Row> | undefined): number {
  const [row] = counted?.results ?? [];
  return row === undefined ? 0 : readInteger(row, 'failures');
}

function readSession(row: Row): SessionRecord {
  return {
    session: {
      id: readText(row, 'id'),
      accessKeyId: readText(row, 'access_key_id'),
      accountId: readText(row, 'account_id'),
      remoteAddress: readTextOrNull(row, 'remote_address'),
      createdAtSeconds: readInteger(row, 'created_at_s'),
      lastUsedAtSeconds: readInteger(row, 'last_used_at_s'),
      expiresAtSeconds: readInteger(row, 'expires_at_s'),
    },
    tokenSha256Hex: readText(row, 'token_sha256'),
    mac: readText(row, 'mac'),
  };
}
