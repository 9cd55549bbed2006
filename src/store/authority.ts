import type { AuthorityRecord, AuthorityStore } from '../authorities/store.ts';
import { sha256Hex } from '../x509/bytes.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { type Row, readInteger, readText } from './row.ts';

export const AUTHORITY_SQL = {
  find: `SELECT id, certificate, chain, key_source, state, created_at_ms
FROM authorities WHERE id = ?1`,
  insert: `INSERT INTO authorities
  (id, certificate, certificate_sha256, chain, key_source, state, created_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO NOTHING`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
} as const;

export function createAuthorityStore(db: D1Database): AuthorityStore {
  return {
    async findAuthority(id) {
      const row = await readRecord(() => db.prepare(AUTHORITY_SQL.find).bind(id).first<Row>());
      return row === null ? null : readAuthority(row);
    },

    async createAuthority(record, audit) {
      const certificateSha256Hex = await sha256Hex(record.certificateDer);
      const [inserted] = await writeRecord(() =>
        db.batch([
          db
            .prepare(AUTHORITY_SQL.insert)
            .bind(
              record.id,
              record.certificateDer.toBase64(),
              certificateSha256Hex,
              JSON.stringify(record.chainDer.map((der) => der.toBase64())),
              record.keySource,
              record.state,
              record.createdAtMs,
            ),
          db.prepare(AUTHORITY_SQL.insertEvent).bind(...eventParameters(audit)),
        ]),
      );
      return wroteOne(inserted);
    },
  };
}

function readAuthority(row: Row): AuthorityRecord {
  const chain: unknown = JSON.parse(readText(row, 'chain'));
  if (!Array.isArray(chain)) throw new TypeError('column chain is not a JSON array');
  const state = readText(row, 'state');
  return {
    id: readText(row, 'id'),
    certificateDer: Uint8Array.fromBase64(readText(row, 'certificate')),
    chainDer: chain.map((der) => Uint8Array.fromBase64(String(der))),
    keySource: readText(row, 'key_source'),
    // The column's CHECK allows two states; what is not active must not sign.
    state: state === 'active' ? 'active' : 'disabled',
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}
