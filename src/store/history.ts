import type { HistoryCommit, HistoryRow, HistoryStore } from '../authorities/store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { AUDIT_EVENT_SQL, eventValues } from './audit-event.ts';
import { blockKeysSql } from './blocked-key.ts';
import { reserveNamesSql } from './ca-name.ts';
import { CRL_SQL } from './crl-sql.ts';
import type { Database, PreparedStatement } from './database.ts';
import { readGranted, writeGuarded } from './grant.ts';
import { readText } from './row.ts';
import { sql } from './sql.ts';

/** The length of one JSON parameter: half of D1's 2 MB. */
const MAX_CHUNK_CHARACTERS = 1_000_000;

/** The rows as JSON objects, see `encodeRow`. */
const LINES = 'json_each(:lines) AS line' as const;

export const HISTORY_SQL = {
  findConflicts: sql(`SELECT certificates.serial
FROM ${LINES} CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = :authorityId
WHERE certificates.certificate <> line.value ->> 'certificate'`),
  insertCertificates: sql(`INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms)
SELECT line.value ->> 'serial', :authorityId, line.value ->> 'subject', line.value ->> 'keyId',
  line.value ->> 'certificate', 'import', 'import', :accountId,
  line.value ->> 'notBefore', line.value ->> 'notAfter', :importedAtMs
FROM ${LINES} WHERE true
ON CONFLICT (serial, authority_id)
  DO UPDATE SET subject = excluded.subject, public_key_id = excluded.public_key_id,
    certificate = excluded.certificate, not_before_s = excluded.not_before_s,
    not_after_s = excluded.not_after_s
  WHERE certificates.certificate IS NULL AND excluded.certificate IS NOT NULL
RETURNING serial`),
  insertRevocations: sql(`INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT authorities.id, line.value ->> 'serial',
  authorities.revocation_revision + ROW_NUMBER() OVER (ORDER BY line.key),
  line.value ->> 'revokedAt', line.value ->> 'reason', line.value ->> 'invalidityDate',
  certificates.not_after_s, certificates.crl_partition
FROM ${LINES} CROSS JOIN authorities ON authorities.id = :authorityId
CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = :authorityId
WHERE line.value ->> 'revokedAt' IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM revocations AS known
    WHERE known.authority_id = :authorityId AND known.serial = line.value ->> 'serial')
RETURNING serial`),
  raiseRevision: sql(`UPDATE authorities SET revocation_revision = revocation_revision + changes()
WHERE id = :authorityId`),
  deleteReleases: sql(`DELETE FROM released_holds
WHERE authority_id = :authorityId AND serial IN (SELECT line.value ->> 'serial' FROM ${LINES})
  AND EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = :authorityId
      AND revocations.serial = released_holds.serial)`),
  blockKeys: sql(
    blockKeysSql(`SELECT certificates.public_key_id, :authorityId, certificates.serial, :importedAtMs
FROM ${LINES} CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = :authorityId
WHERE certificates.public_key_id IS NOT NULL
  AND (line.value ->> 'reason' = ${REVOCATION_REASONS.keyCompromise}
    OR EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = :authorityId
        AND revocations.serial = certificates.serial
        AND revocations.reason = ${REVOCATION_REASONS.keyCompromise}))`),
  ),
  insertTerms: sql(`INSERT INTO certificate_terms
  (term, issued_at_ms, serial, authority_id, account_id)
SELECT terms.value, certificates.issued_at_ms, certificates.serial, certificates.authority_id,
  certificates.account_id
FROM ${LINES} CROSS JOIN authorities ON authorities.id = :authorityId
CROSS JOIN certificates
  ON certificates.serial = line.value ->> 'serial' AND certificates.authority_id = :authorityId
CROSS JOIN json_each(json_insert(
  line.value -> 'terms', '$[#]', 'authority:' || authorities.lineage)) AS terms
WHERE true
ON CONFLICT DO NOTHING`),
  reserveNames: sql(
    reserveNamesSql(`SELECT line.value ->> 'caName', COALESCE(line.value ->> 'keyId', ''), NULL
FROM ${LINES} WHERE line.value ->> 'caName' IS NOT NULL`),
  ),
  upsertHolders: sql(`INSERT INTO subject_holders (authority_id, subject, serial, not_after_s)
SELECT :authorityId, line.value ->> 'holds', line.value ->> 'serial', line.value ->> 'notAfter'
FROM ${LINES}
WHERE line.value ->> 'holds' IS NOT NULL AND line.value ->> 'notAfter' >= :nowSeconds
  AND NOT EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = :authorityId
      AND revocations.serial = line.value ->> 'serial')
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s
WHERE subject_holders.not_after_s < excluded.not_after_s
  OR EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = subject_holders.authority_id
      AND revocations.serial = subject_holders.serial)`),
} as const;

export function createHistoryStore(db: Database): HistoryStore {
  return {
    async findConflicts(authorityId, rows, check) {
      const chunks = cutChunks(rows);
      if (chunks.length === 0) return [];
      const results = await readGranted(
        db,
        check,
        chunks.map((chunk) => HISTORY_SQL.findConflicts.prepare(db, { authorityId, lines: chunk })),
      );
      return results.flatMap((result) => result.results.map((row) => readText(row, 'serial')));
    },

    async commitHistory(commit) {
      const chunks = cutChunks(commit.rows);
      const perChunk = chunks.map((chunk) => chunkStatements(db, commit, chunk));
      const { authorityId, lastCrlNumber } = commit;
      const statements = perChunk.flat();
      if (lastCrlNumber !== null && lastCrlNumber > 0) {
        statements.push(CRL_SQL.raiseNumber.prepare(db, { authorityId, number: lastCrlNumber }));
      }
      statements.push(AUDIT_EVENT_SQL.always.prepare(db, eventValues(commit.audit)));
      const nowSeconds = Math.floor(commit.importedAtMs / 1000);
      const results = await writeGuarded(db, { grant: commit.grant, nowSeconds }, statements);
      let certificates = 0;
      let revocations = 0;
      let first = 0;
      for (const { length } of perChunk) {
        // Not meta.changes, which counts the rows of triggers, too.
        certificates += results[first]?.results.length ?? 0;
        revocations += results[first + 1]?.results.length ?? 0;
        first += length;
      }
      return { certificates, revocations };
    },
  };
}

/** Certificates first, revocations second: the caller returns their row counts. */
function chunkStatements(
  db: Database,
  { authorityId, accountId, importedAtMs }: HistoryCommit,
  lines: string,
): PreparedStatement[] {
  const nowSeconds = Math.floor(importedAtMs / 1000);
  const values = { authorityId, accountId, importedAtMs, nowSeconds, lines };
  return [
    HISTORY_SQL.insertCertificates.prepare(db, values),
    HISTORY_SQL.insertRevocations.prepare(db, values),
    HISTORY_SQL.raiseRevision.prepare(db, values),
    HISTORY_SQL.deleteReleases.prepare(db, values),
    HISTORY_SQL.blockKeys.prepare(db, values),
    HISTORY_SQL.upsertHolders.prepare(db, values),
    HISTORY_SQL.reserveNames.prepare(db, values),
    HISTORY_SQL.insertTerms.prepare(db, values),
  ];
}

/** Returns JSON arrays that each fit into a parameter. Of rows with the same serial it takes the first. */
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

/** Omits null values, which SQL reads as NULL, because a long history has thousands of them. */
function encodeRow(row: HistoryRow): string {
  return JSON.stringify({
    serial: row.serialHex,
    subject: row.subject,
    holds: row.uniqueSubject ?? undefined,
    caName: row.caName ?? undefined,
    terms: row.terms,
    keyId: row.publicKeyIdHex ?? undefined,
    certificate: row.certificateDer?.toBase64(),
    notBefore: row.notBeforeSeconds,
    notAfter: row.notAfterSeconds,
    revokedAt: row.revocation?.revokedAtSeconds,
    reason: row.revocation?.reason,
    invalidityDate: row.revocation?.invalidityDateSeconds ?? undefined,
  });
}
