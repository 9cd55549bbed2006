import { type GrantCheck, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type { RevocationCommit, RevocationStore } from '../revocation/store.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { grantedSql, grantParameters, writeGranted } from './grant.ts';

const OWNED = `(?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3)`;

export const REVOCATION_SQL = {
  raiseRevision: `UPDATE authorities SET revocation_revision = revocation_revision + 1
WHERE id = ?1 AND ${grantedSql(4)}
  AND EXISTS (SELECT 1 FROM certificates WHERE serial = ?2 AND authority_id = ?1 AND ${OWNED})
  AND NOT EXISTS (SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2)`,
  insertRevocation: `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s)
SELECT authorities.id, certificates.serial, authorities.revocation_revision, ?3, ?4, ?5,
  certificates.not_after_s
FROM authorities
JOIN certificates ON certificates.serial = ?2 AND certificates.authority_id = authorities.id
WHERE authorities.id = ?1 AND changes() = 1`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  blockKey: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT public_key_id, authority_id, serial, ?3
FROM certificates
WHERE serial = ?2 AND authority_id = ?1 AND public_key_id IS NOT NULL AND changes() = 1
ON CONFLICT (public_key_id) DO NOTHING`,
  findCertificate: `SELECT 1 AS found FROM certificates
WHERE serial = ?2 AND authority_id = ?1 AND ${OWNED}`,
} as const;

export function createRevocationStore(db: D1Database): RevocationStore {
  return {
    async commitRevocation(commit) {
      const { grant, audit } = commit;
      const check = { grant, nowSeconds: Math.floor(audit.atMs / 1000) };
      const results = await writeGranted(db, check, revocationBatch(db, commit, check));
      if (wroteOne(results[0])) return 'revoked';
      return results.at(-1)?.results.length === 1 ? 'already-revoked' : 'not-found';
    },
  };
}

/** Each write is conditional on the one before it; the last statement only tells the two refusals apart. */
function revocationBatch(
  db: D1Database,
  commit: RevocationCommit,
  check: GrantCheck,
): D1PreparedStatement[] {
  const { authorityId, serialHex, accountId } = commit;
  const blockKey = db
    .prepare(REVOCATION_SQL.blockKey)
    .bind(authorityId, serialHex, commit.audit.atMs);
  return [
    db
      .prepare(REVOCATION_SQL.raiseRevision)
      .bind(authorityId, serialHex, accountId, ...grantParameters(check)),
    db
      .prepare(REVOCATION_SQL.insertRevocation)
      .bind(
        authorityId,
        serialHex,
        commit.revokedAtSeconds,
        commit.reason,
        commit.invalidityDateSeconds,
      ),
    db.prepare(REVOCATION_SQL.insertEvent).bind(...eventParameters(commit.audit)),
    ...(commit.reason === REVOCATION_REASONS.keyCompromise ? [blockKey] : []),
    db.prepare(REVOCATION_SQL.findCertificate).bind(authorityId, serialHex, accountId),
  ];
}
