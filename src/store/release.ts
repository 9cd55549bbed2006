import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type { ReleaseOutcome, ReleaseStore } from '../revocation/release.ts';
import { prepareEvent } from './audit-event.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, writeGranted } from './grant.ts';
import { OWNED } from './revocation.ts';
import { type Row, readInteger, readIntegerOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const HOLD = `reason = ${REVOCATION_REASONS.certificateHold}` as const;

/** The condition that the asking account may end the hold: only root may end a hold of root. */
const MAY_END =
  `(:askingAccountId = '${ROOT_ACCOUNT_ID}' OR held_by IS NULL OR held_by = :askingAccountId)` as const;

/** The revocation of the certificate. */
const REVOCATION =
  'SELECT 1 FROM revocations WHERE authority_id = :authorityId AND serial = :serialHex' as const;

/** Another certificate that is neither expired nor revoked holds the subject. */
const SUBJECT_HELD = `EXISTS (
    SELECT 1 FROM subject_holders
    WHERE subject_holders.authority_id = :authorityId
      AND subject_holders.subject = :uniqueSubject
      AND subject_holders.not_after_s >= :releasedAtSeconds
      AND subject_holders.serial <> :serialHex
      AND NOT EXISTS (
        SELECT 1 FROM revocations
        WHERE revocations.authority_id = :authorityId
          AND revocations.serial = subject_holders.serial))` as const;

/** True only in the batch that released the certificate: later changes raise the revision. */
const RELEASED_NOW = `EXISTS (
    SELECT 1 FROM released_holds
    JOIN authorities ON authorities.id = released_holds.authority_id
      AND authorities.revocation_revision = released_holds.revision
    WHERE released_holds.authority_id = :authorityId
      AND released_holds.serial = :serialHex)` as const;

export const RELEASE_SQL = {
  raiseRevision: sql(`UPDATE authorities
SET revocation_revision = revocation_revision + 1, removals = removals + 1
WHERE id = :authorityId AND ${GRANTED}
  AND ${OWNED}
  AND EXISTS (${REVOCATION} AND ${HOLD} AND ${MAY_END})
  AND NOT ${SUBJECT_HELD}`),
  insertRelease: sql(`INSERT INTO released_holds
  (authority_id, serial, crl_partition, revision, released_at_s)
SELECT authorities.id, revocations.serial, revocations.crl_partition,
  authorities.revocation_revision, :releasedAtSeconds
FROM authorities
JOIN revocations
  ON revocations.authority_id = authorities.id AND revocations.serial = :serialHex
WHERE authorities.id = :authorityId AND changes() = 1
ON CONFLICT (authority_id, serial) DO UPDATE SET crl_partition = excluded.crl_partition,
  revision = excluded.revision, released_at_s = excluded.released_at_s`),
  holdSubject: sql(`INSERT INTO subject_holders (authority_id, subject, serial, not_after_s)
SELECT :authorityId, :uniqueSubject, :serialHex, certificates.not_after_s
FROM certificates
WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId
  AND :uniqueSubject IS NOT NULL
  AND (certificates.origin = 'openssl-ca' OR EXISTS (
    SELECT 1 FROM subject_holders AS bound
    WHERE bound.authority_id = :authorityId AND bound.subject = :uniqueSubject))
  AND changes() = 1
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s`),
  markStale: sql(
    markChunksStaleSql(
      ':authorityId',
      `SELECT revision, crl_partition FROM revocations
    WHERE authority_id = :authorityId AND serial = :serialHex AND ${RELEASED_NOW}`,
    ),
  ),
  deleteRevocation: sql(`DELETE FROM revocations
WHERE authority_id = :authorityId AND serial = :serialHex AND ${HOLD} AND ${RELEASED_NOW}`),
  explain: sql(`SELECT certificates.crl_partition,
  (SELECT revocation_revision FROM authorities WHERE id = :authorityId) AS revision,
  EXISTS (${REVOCATION} AND ${HOLD}) AS held,
  EXISTS (${REVOCATION} AND NOT ${MAY_END}) AS kept
FROM certificates
WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId
  AND ${visibleSql('certificates.account_id')}`),
} as const;

const SQL = RELEASE_SQL;

export function createReleaseStore(db: Database): ReleaseStore {
  return {
    async commitRelease(commit) {
      const { authorityId, serialHex, uniqueSubject, releasedAtSeconds, audit } = commit;
      const check = { grant: commit.grant, nowSeconds: Math.floor(audit.atMs / 1000) };
      const values = {
        authorityId,
        serialHex,
        uniqueSubject,
        releasedAtSeconds,
        askingAccountId: commit.accountId,
        ...grantValues(check),
      };
      // No statement writes unless the first one has written.
      const results = await writeGranted(db, check, [
        SQL.raiseRevision.prepare(db, values),
        SQL.insertRelease.prepare(db, values),
        prepareEvent(db, audit),
        SQL.holdSubject.prepare(db, values),
        SQL.markStale.prepare(db, values),
        SQL.deleteRevocation.prepare(db, values),
        SQL.explain.prepare(db, values),
      ]);
      return describeOutcome(wroteOne(results[0]), results.at(-1)?.results[0]);
    },
  };
}

function describeOutcome(isReleased: boolean, row: Row | undefined): ReleaseOutcome {
  if (row === undefined) return { kind: 'not-found' };
  if (isReleased) {
    return {
      kind: 'released',
      crlPartition: readIntegerOrNull(row, 'crl_partition'),
      revision: readInteger(row, 'revision'),
    };
  }
  if (row.kept === 1) return { kind: 'held-by-root' };
  // The only other reason to refuse the release of a hold is the subject.
  return { kind: row.held === 1 ? 'subject-held' : 'not-on-hold' };
}
