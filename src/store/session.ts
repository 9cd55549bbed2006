import type { SessionRecord, SessionStore } from '../access/session-store.ts';
import { readRecord, writeRecord } from './d1.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';

const SESSION_COLUMNS = `sessions.id, sessions.token_sha256, sessions.access_key_id,
  sessions.account_id, sessions.mac, sessions.remote_address, sessions.created_at_s,
  sessions.last_used_at_s, sessions.expires_at_s` as const;

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
} as const;

export function createSessionStore(db: D1Database): SessionStore {
  return {
    async insertSession({ session, tokenSha256Hex, mac }) {
      const insert = SESSION_SQL.insert.prepare(db, { ...session, tokenSha256Hex, mac });
      await writeRecord(() => insert.run());
    },

    async findSession(tokenSha256Hex) {
      const find = SESSION_SQL.find.prepare(db, { tokenSha256Hex });
      const row = await readRecord(() => find.first<Row>());
      return row === null ? null : readSession(row);
    },

    async noteUse(id, nowSeconds) {
      await writeRecord(() => SESSION_SQL.noteUse.prepare(db, { id, nowSeconds }).run());
    },

    async deleteSession(id) {
      await writeRecord(() => SESSION_SQL.delete.prepare(db, { id }).run());
    },
  };
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
