import type { IndexStore } from '../search/index-certificates.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readText, readTextOrNull } from './row.ts';
import { ROWS, sql, sqlForRows } from './sql.ts';

/** The terms of a certificate, with that of its authority: all generations have the same. */
export const TERMS_WITH_AUTHORITY =
  `json_each(json_insert(:terms, '$[#]', 'authority:' || authorities.lineage)) AS terms` as const;

export const SEARCH_TERM_SQL = {
  /** Of certificates that are recorded already. */
  insert: sqlForRows(`INSERT INTO certificate_terms
  (term, issued_at_ms, serial, authority_id, account_id)
SELECT terms.value, certificates.issued_at_ms, certificates.serial, certificates.authority_id,
  certificates.account_id
FROM ${ROWS} CROSS JOIN certificates ON certificates.serial = :serial
  AND certificates.authority_id = :authorityId
CROSS JOIN authorities ON authorities.id = certificates.authority_id
CROSS JOIN ${TERMS_WITH_AUTHORITY}
WHERE true
ON CONFLICT DO NOTHING`),
  readPosition: sql('SELECT serial, authority_id FROM certificate_terms_backfill WHERE id = 1'),
  listAfter: sql(`SELECT serial, authority_id, subject, profile, certificate FROM certificates
WHERE (serial, authority_id) > (:serial, :authorityId)
ORDER BY serial, authority_id LIMIT :limit`),
  advance: sql(`UPDATE certificate_terms_backfill
SET serial = :serial, authority_id = :authorityId
WHERE id = 1 AND (serial, authority_id) < (:serial, :authorityId)`),
  finish: sql('DELETE FROM certificate_terms_backfill WHERE id = 1'),
} as const;

export function createIndexStore(db: Database): IndexStore {
  return {
    async readPosition() {
      const row = await readRecord(() => SEARCH_TERM_SQL.readPosition.prepare(db, {}).first<Row>());
      return row === null ? null : readKey(row);
    },

    async listAfter(position, limit) {
      const list = SEARCH_TERM_SQL.listAfter.prepare(db, { ...position, limit });
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => ({
        ...readKey(row),
        subject: readText(row, 'subject'),
        profile: readText(row, 'profile'),
        certificateDer: readDer(row),
      }));
    },

    async addTerms(certificates, position) {
      const rows = certificates.map(({ serial, authorityId, terms }) => ({
        serial,
        authorityId,
        terms: JSON.stringify(terms),
      }));
      await writeRecord(() =>
        db.batch([
          ...(rows.length === 0 ? [] : [SEARCH_TERM_SQL.insert.prepare(db, rows)]),
          position === null
            ? SEARCH_TERM_SQL.finish.prepare(db, {})
            : SEARCH_TERM_SQL.advance.prepare(db, { ...position }),
        ]),
      );
    },
  };
}

function readKey(row: Row) {
  return { serial: readText(row, 'serial'), authorityId: readText(row, 'authority_id') };
}

function readDer(row: Row): Uint8Array | null {
  const certificate = readTextOrNull(row, 'certificate');
  return certificate === null ? null : Uint8Array.fromBase64(certificate);
}
