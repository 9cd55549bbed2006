import type { HistoryCommit, HistoryRow, HistoryStore } from '../authorities/store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { eventParameters, insertEventSql } from './audit-event.ts';
import { CRL_SQL } from './crl.ts';
import { readGranted, writeGuarded } from './grant.ts';
import { readText } from './row.ts';

/** JSON text in one parameter: half of D1's 2 MB. */
const MAX_CHUNK_CHARACTERS = 1_000_000;

/** Rows come as JSON objects with short names, see `encodeRow`. */
const ROWS = 'json_each(?2) AS line';

export const HISTORY_SQL = {
  findConflicts: `SELECT certificates.serial
FROM ${ROWS} CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = ?1
WHERE certificates.certificate <> line.value ->> 'certificate'`,
  insertCertificates: `INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms)
SELECT line.value ->> 'serial', ?1, line.value ->> 'subject', line.value ->> 'keyId',
  line.value ->> 'certificate', 'import', 'import', ?3,
  line.value ->> 'notBefore', line.value ->> 'notAfter', ?4
FROM ${ROWS} WHERE true
ON CONFLICT (serial, authority_id)
  DO UPDATE SET subject = excluded.subject, public_key_id = excluded.public_key_id,
    certificate = excluded.certificate, not_before_s = excluded.not_before_s,
    not_after_s = excluded.not_after_s
  WHERE certificates.certificate IS NULL AND excluded.certificate IS NOT NULL`,
  insertRevocations: `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT authorities.id, line.value ->> 'serial',
  authorities.revocation_revision + ROW_NUMBER() OVER (ORDER BY line.key),
  line.value ->> 'revokedAt', line.value ->> 'reason', line.value ->> 'invalidityDate',
  certificates.not_after_s, certificates.crl_partition
FROM ${ROWS} CROSS JOIN authorities ON authorities.id = ?1
CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = ?1
WHERE line.value ->> 'revokedAt' IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM revocations AS known
    WHERE known.authority_id = ?1 AND known.serial = line.value ->> 'serial')`,
  raiseRevision: `UPDATE authorities SET revocation_revision = revocation_revision + changes()
WHERE id = ?1`,
  forgetReleases: `DELETE FROM released_holds
WHERE authority_id = ?1 AND serial IN (SELECT line.value ->> 'serial' FROM ${ROWS})
  AND EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = ?1 AND revocations.serial = released_holds.serial)`,
  blockKeys: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT certificates.public_key_id, ?1, certificates.serial, ?3
FROM ${ROWS} CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = ?1
WHERE certificates.public_key_id IS NOT NULL
  AND (line.value ->> 'reason' = ${REVOCATION_REASONS.keyCompromise}
    OR EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = ?1 AND revocations.serial = certificates.serial
        AND revocations.reason = ${REVOCATION_REASONS.keyCompromise}))
ON CONFLICT (public_key_id) DO NOTHING`,
  upsertHolders: `INSERT INTO subject_holders (authority_id, subject, serial, not_after_s)
SELECT ?1, line.value ->> 'holds', line.value ->> 'serial', line.value ->> 'notAfter'
FROM ${ROWS}
WHERE line.value ->> 'holds' IS NOT NULL AND line.value ->> 'notAfter' >= ?3
  AND NOT EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = ?1 AND revocations.serial = line.value ->> 'serial')
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s
WHERE subject_holders.not_after_s < excluded.not_after_s
  OR EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = subject_holders.authority_id
      AND revocations.serial = subject_holders.serial)`,
  insertEvent: insertEventSql('true'),
} as const;

export function createHistoryStore(db: D1Database): HistoryStore {
  return {
    async findConflicts(authorityId, rows, check) {
      const chunks = cutChunks(rows);
      if (chunks.length === 0) return [];
      const results = await readGranted(
        db,
        check,
        chunks.map((chunk) => db.prepare(HISTORY_SQL.findConflicts).bind(authorityId, chunk)),
      );
      return results.flatMap((result) => result.results.map((row) => readText(row, 'serial')));
    },

    async commitHistory(commit) {
      const chunks = cutChunks(commit.rows);
      const perChunk = chunks.map((chunk) => chunkStatements(db, commit, chunk));
      const { authorityId, lastCrlNumber } = commit;
      const statements = perChunk.flat();
      if (lastCrlNumber !== null && lastCrlNumber > 0) {
        statements.push(db.prepare(CRL_SQL.raiseNumber).bind(authorityId, lastCrlNumber));
      }
      statements.push(db.prepare(HISTORY_SQL.insertEvent).bind(...eventParameters(commit.audit)));
      const nowSeconds = Math.floor(commit.importedAtMs / 1000);
      const results = await writeGuarded(db, { grant: commit.grant, nowSeconds }, statements);
      let certificates = 0;
      let revocations = 0;
      let first = 0;
      for (const { length } of perChunk) {
        certificates += results[first]?.meta.changes ?? 0;
        revocations += results[first + 1]?.meta.changes ?? 0;
        first += length;
      }
      return { certificates, revocations };
    },
  };
}

/** Certificates first, revocations second: their row counts are what is answered. */
function chunkStatements(
  db: D1Database,
  { authorityId, accountId, importedAtMs }: HistoryCommit,
  chunk: string,
): D1PreparedStatement[] {
  const nowSeconds = Math.floor(importedAtMs / 1000);
  return [
    db.prepare(HISTORY_SQL.insertCertificates).bind(authorityId, chunk, accountId, importedAtMs),
    db.prepare(HISTORY_SQL.insertRevocations).bind(authorityId, chunk),
    db.prepare(HISTORY_SQL.raiseRevision).bind(authorityId),
    db.prepare(HISTORY_SQL.forgetReleases).bind(authorityId, chunk),
    db.prepare(HISTORY_SQL.blockKeys).bind(authorityId, chunk, importedAtMs),
    db.prepare(HISTORY_SQL.upsertHolders).bind(authorityId, chunk, nowSeconds),
  ];
}

/** JSON arrays of rows, none too long for a parameter; of rows with one serial the first counts. */
function cutChunks(rows: readonly HistoryRow[]): string[] {
  const chunks: string[] = [];
  const serials = new Set<string>();
  let lines: string[] = [];
  let characters = 0;
  for (const row of rows) {
    if (serials.has(row.serialHex)) continue;
    serials.add(row.serialHex);
    const line = encodeRow(row);
    if (lines.length > 0 && characters + line.length > MAX_CHUNK_CHARACTERS) {
      chunks.push(`[${lines.join(',')}]`);
      lines = [];
      characters = 0;
    }
    lines.push(line);
    characters += line.length + 1;
  }
  if (lines.length > 0) chunks.push(`[${lines.join(',')}]`);
  return chunks;
}

/** What is null is left out, which SQL reads as NULL: long lists have thousands of such rows. */
function encodeRow(row: HistoryRow): string {
  return JSON.stringify({
    serial: row.serialHex,
    subject: row.subject,
    holds: row.uniqueSubject ?? undefined,
    keyId: row.publicKeyIdHex ?? undefined,
    certificate: row.certificateDer?.toBase64(),
    notBefore: row.notBeforeSeconds,
    notAfter: row.notAfterSeconds,
    revokedAt: row.revocation?.revokedAtSeconds,
    reason: row.revocation?.reason,
    invalidityDate: row.revocation?.invalidityDateSeconds ?? undefined,
  });
}
