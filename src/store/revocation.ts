import { type GrantCheck, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type { RevocationCommit, RevocationOutcome, RevocationStore } from '../revocation/store.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { grantedSql, grantParameters, writeGranted } from './grant.ts';
import { type Row, readIntegerOrNull } from './row.ts';

/** The certificate ?2 of the authority ?1, among those that the account ?3 may see. */
export const OWNED_CERTIFICATE = `EXISTS (
    SELECT 1 FROM certificates
    WHERE serial = ?2 AND authority_id = ?1
      AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3))`;

export const REVOCATION_SQL = {
  raiseRevision: `UPDATE authorities SET revocation_revision = revocation_revision + 1
WHERE id = ?1 AND ${grantedSql(4)}
  AND ${OWNED_CERTIFICATE}
  AND NOT EXISTS (SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2)`,
  insertRevocation: `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT authorities.id, certificates.serial, authorities.revocation_revision, ?3, ?4, ?5,
  certificates.not_after_s, certificates.crl_partition
FROM authorities
JOIN certificates ON certificates.serial = ?2 AND certificates.authority_id = authorities.id
WHERE authorities.id = ?1 AND changes() = 1`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  blockKey: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT public_key_id, authority_id, serial, ?3
FROM certificates
WHERE serial = ?2 AND authority_id = ?1 AND public_key_id IS NOT NULL AND changes() = 1
ON CONFLICT (public_key_id) DO NOTHING`,
  forgetRelease: `DELETE FROM released_holds
WHERE authority_id = ?1 AND serial = ?2
  AND EXISTS (SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2)`,
  findCertificate: `SELECT revocations.reason, revocations.revision, certificates.crl_partition
FROM certificates
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1
  AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3)`,
} as const;

const SQL = REVOCATION_SQL;

export function createRevocationStore(db: D1Database): RevocationStore {
  return {
    async commitRevocation(commit) {
      const check = checkOf(commit);
      const results = await writeGranted(db, check, revocationBatch(db, commit, check));
      const row = results.at(-1)?.results[0];
      return describeOutcome(wroteOne(results[0]), row);
    },
  };
}

function checkOf({ grant, audit }: RevocationCommit): GrantCheck {
  return { grant, nowSeconds: Math.floor(audit.atMs / 1000) };
}

function describeOutcome(isRevoked: boolean, row: Row | undefined): RevocationOutcome {
  if (row === undefined) return { kind: 'not-found' };
  if (!isRevoked) return { kind: 'already-revoked' };
  return { kind: 'revoked', crlPartition: readIntegerOrNull(row, 'crl_partition') };
}

/** Each write is conditional on the one before it; the last statement only tells the two refusals apart. */
function revocationBatch(
  db: D1Database,
  commit: RevocationCommit,
  check: GrantCheck,
): D1PreparedStatement[] {
  const { authorityId, serialHex, accountId } = commit;
  const blockKey = db.prepare(SQL.blockKey).bind(authorityId, serialHex, commit.audit.atMs);
  return [
    db
      .prepare(SQL.raiseRevision)
      .bind(authorityId, serialHex, accountId, ...grantParameters(check)),
    db
      .prepare(SQL.insertRevocation)
      .bind(
        authorityId,
        serialHex,
        commit.revokedAtSeconds,
        commit.reason,
        commit.invalidityDateSeconds,
      ),
    db.prepare(SQL.insertEvent).bind(...eventParameters(commit.audit)),
    ...(commit.reason === REVOCATION_REASONS.keyCompromise ? [blockKey] : []),
    db.prepare(SQL.forgetRelease).bind(authorityId, serialHex),
    db.prepare(SQL.findCertificate).bind(authorityId, serialHex, accountId),
  ];
}
