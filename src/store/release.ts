import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type { ReleaseCommit, ReleaseOutcome, ReleaseStore } from '../revocation/release.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { wroteOne } from './d1.ts';
import { grantedSql, grantParameters, writeGranted } from './grant.ts';
import { OWNED } from './revocation.ts';
import { type Row, readIntegerOrNull } from './row.ts';

const HOLD = `reason = ${REVOCATION_REASONS.certificateHold}`;

/** A hold of root's is for root to end; any other for the account ?3 that may see the certificate. */
const MAY_END = `(?3 = '${ROOT_ACCOUNT_ID}' OR held_by IS NULL OR held_by = ?3)`;

/** Another certificate that is neither expired nor revoked holds the subject. */
function subjectHeldSql(subject: string, nowSeconds: string): string {
  return `EXISTS (
    SELECT 1 FROM subject_holders
    WHERE subject_holders.authority_id = ?1 AND subject_holders.subject = ${subject}
      AND subject_holders.not_after_s >= ${nowSeconds} AND subject_holders.serial <> ?2
      AND NOT EXISTS (
        SELECT 1 FROM revocations
        WHERE revocations.authority_id = ?1 AND revocations.serial = subject_holders.serial))`;
}

/** True within the batch that released ?2 alone: no later change of the authority has that revision. */
const RELEASED_NOW = `EXISTS (
    SELECT 1 FROM released_holds
    JOIN authorities ON authorities.id = released_holds.authority_id
      AND authorities.revocation_revision = released_holds.revision
    WHERE released_holds.authority_id = ?1 AND released_holds.serial = ?2)`;

export const RELEASE_SQL = {
  raiseRevision: `UPDATE authorities
SET revocation_revision = revocation_revision + 1, removals = removals + 1
WHERE id = ?1 AND ${grantedSql(4)}
  AND ${OWNED}
  AND EXISTS (
    SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2 AND ${HOLD} AND ${MAY_END})
  AND NOT ${subjectHeldSql('?8', '?9')}`,
  insertRelease: `INSERT INTO released_holds
  (authority_id, serial, crl_partition, revision, released_at_s)
SELECT authorities.id, revocations.serial, revocations.crl_partition,
  authorities.revocation_revision, ?3
FROM authorities
JOIN revocations ON revocations.authority_id = authorities.id AND revocations.serial = ?2
WHERE authorities.id = ?1 AND changes() = 1
ON CONFLICT (authority_id, serial) DO UPDATE SET crl_partition = excluded.crl_partition,
  revision = excluded.revision, released_at_s = excluded.released_at_s`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  holdSubject: `INSERT INTO subject_holders (authority_id, subject, serial, not_after_s)
SELECT ?1, ?3, ?2, certificates.not_after_s
FROM certificates
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1 AND ?3 IS NOT NULL
  AND (certificates.origin = 'openssl-ca' OR EXISTS (
    SELECT 1 FROM subject_holders AS bound
    WHERE bound.authority_id = ?1 AND bound.subject = ?3))
  AND changes() = 1
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s`,
  markStale: markChunksStaleSql(
    '?1',
    `SELECT revision, crl_partition FROM revocations
    WHERE authority_id = ?1 AND serial = ?2 AND ${RELEASED_NOW}`,
  ),
  deleteRevocation: `DELETE FROM revocations
WHERE authority_id = ?1 AND serial = ?2 AND ${HOLD} AND ${RELEASED_NOW}`,
  explain: `SELECT certificates.crl_partition,
  EXISTS (
    SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2 AND ${HOLD}) AS held,
  EXISTS (
    SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2 AND NOT ${MAY_END}) AS kept
FROM certificates
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1
  AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3)`,
} as const;

const SQL = RELEASE_SQL;

export function createReleaseStore(db: D1Database): ReleaseStore {
  return {
    async commitRelease(commit) {
      const { authorityId, serialHex, accountId, uniqueSubject, grant, audit } = commit;
      const check = { grant, nowSeconds: Math.floor(audit.atMs / 1000) };
      const parameters = [authorityId, serialHex, accountId, ...grantParameters(check)];
      const results = await writeGranted(db, check, [
        db.prepare(SQL.raiseRevision).bind(...parameters, uniqueSubject, commit.releasedAtSeconds),
        ...prepareRest(db, commit),
        db.prepare(SQL.explain).bind(authorityId, serialHex, accountId),
      ]);
      return describeOutcome(wroteOne(results[0]), results.at(-1)?.results[0]);
    },
  };
}

/** Each statement does nothing unless the one that raises the revision did. */
function prepareRest(db: D1Database, commit: ReleaseCommit): D1PreparedStatement[] {
  const { authorityId, serialHex } = commit;
  return [
    db.prepare(SQL.insertRelease).bind(authorityId, serialHex, commit.releasedAtSeconds),
    db.prepare(SQL.insertEvent).bind(...eventParameters(commit.audit)),
    db.prepare(SQL.holdSubject).bind(authorityId, serialHex, commit.uniqueSubject),
    db.prepare(SQL.markStale).bind(authorityId, serialHex),
    db.prepare(SQL.deleteRevocation).bind(authorityId, serialHex),
  ];
}

function describeOutcome(isReleased: boolean, row: Row | undefined): ReleaseOutcome {
  if (row === undefined) return { kind: 'not-found' };
  if (isReleased) {
    return { kind: 'released', crlPartition: readIntegerOrNull(row, 'crl_partition') };
  }
  if (row.kept === 1) return { kind: 'held-by-root' };
  // Refused though it is on hold: the subject is what is left.
  return { kind: row.held === 1 ? 'subject-held' : 'not-on-hold' };
}
