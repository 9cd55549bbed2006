import { type GrantCheck, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type { RevocationCommit, RevocationOutcome, RevocationStore } from '../revocation/store.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { wroteOne } from './d1.ts';
import { grantedSql, grantParameters, writeGranted } from './grant.ts';
import { keyBlockedSql } from './issuance.ts';
import { type Row, readInteger, readIntegerOrNull } from './row.ts';

/** The certificate ?2 of the authority ?1 is one that the account ?3 may see. */
export const OWNED = `EXISTS (
    SELECT 1 FROM certificates
    WHERE certificates.serial = ?2 AND certificates.authority_id = ?1
      AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3))`;

export const REVOCATION_SQL = {
  raiseRevision: `UPDATE authorities SET revocation_revision = revocation_revision + 1
WHERE id = ?1 AND ${grantedSql(4)}
  AND ${OWNED}
  AND NOT EXISTS (SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2)`,
  insertRevocation: `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition, held_by)
SELECT authorities.id, certificates.serial, authorities.revocation_revision, ?3, ?4, ?5,
  certificates.not_after_s, certificates.crl_partition, ?6
FROM authorities
JOIN certificates ON certificates.serial = ?2 AND certificates.authority_id = authorities.id
WHERE authorities.id = ?1 AND changes() = 1`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  blockKey: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT public_key_id, authority_id, serial, ?3
FROM certificates
WHERE serial = ?2 AND authority_id = ?1 AND public_key_id IS NOT NULL AND changes() = 1
ON CONFLICT (public_key_id) DO NOTHING`,
  /** What is revoked for ever stays as it is, but its key may turn out to be compromised later. */
  blockRevokedKey: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT certificates.public_key_id, certificates.authority_id, certificates.serial, ?8
FROM certificates
JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1
  AND certificates.public_key_id IS NOT NULL
  AND revocations.reason <> ${REVOCATION_REASONS.certificateHold}
  AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3) AND ${grantedSql(4)}
ON CONFLICT (public_key_id) DO NOTHING`,
  /** Its target is the key of the certificate ?7. */
  insertBlockEvent: `INSERT INTO audit_events
  (at_ms, account_id, actor, action, outcome, authority_id, target, detail, request_id, remote_address, country)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, public_key_id, ?8, ?9, ?10, ?11
FROM certificates
WHERE serial = ?7 AND authority_id = ?6 AND changes() = 1`,
  forgetRelease: `DELETE FROM released_holds
WHERE authority_id = ?1 AND serial = ?2
  AND EXISTS (SELECT 1 FROM revocations WHERE authority_id = ?1 AND serial = ?2)`,
  findCertificate: `SELECT revocations.reason, revocations.revision, certificates.crl_partition,
  ${keyBlockedSql('certificates.public_key_id')} AS key_blocked
FROM certificates
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1
  AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3)`,
  /** ?8: the revision that the hold has. */
  raiseForHeld: `UPDATE authorities
SET revocation_revision = revocation_revision + 1, removals = removals + 1
WHERE id = ?1 AND ${grantedSql(4)}
  AND ${OWNED}
  AND EXISTS (
    SELECT 1 FROM revocations
    WHERE authority_id = ?1 AND serial = ?2 AND revision = ?8
      AND reason = ${REVOCATION_REASONS.certificateHold})`,
  changeHeld: `UPDATE revocations
SET revision = (SELECT revocation_revision FROM authorities WHERE id = ?1),
  revoked_at_s = ?3, reason = ?4, invalidity_date_s = ?5, held_by = ?6,
  retired_in_crl = NULL
WHERE authority_id = ?1 AND serial = ?2 AND changes() = 1`,
  markHeldStale: markChunksStaleSql(
    '?1',
    `SELECT ?3 AS revision, crl_partition FROM revocations
    WHERE authority_id = ?1 AND serial = ?2 AND revision > ?3`,
  ),
} as const;

const SQL = REVOCATION_SQL;
const HOLD = REVOCATION_REASONS.certificateHold;
const MAX_ATTEMPTS = 3;

export function createRevocationStore(db: D1Database): RevocationStore {
  return {
    async commitRevocation(commit) {
      const check = checkOf(commit);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const results = await writeGranted(db, check, revocationBatch(db, commit, check));
        const row = results.at(-1)?.results[0];
        if (wroteOne(results[0]) || row?.reason !== HOLD || commit.reason === HOLD) {
          return describeOutcome(commit, results);
        }
        const held = heldBatch(db, commit, check, readInteger(row, 'revision'));
        const changed = await writeGranted(db, check, held);
        const reason = changed.at(-1)?.results[0]?.reason;
        if (wroteOne(changed[0]) || !(reason === null || reason === HOLD)) {
          return describeOutcome(commit, changed);
        }
        // The hold was released in between: what is not revoked must not be said to be.
      }
      throw new SignetError(
        'record-unavailable',
        'The certificate was held and released while it was being revoked; try again.',
      );
    },
  };
}

function checkOf({ grant, audit }: RevocationCommit): GrantCheck {
  return { grant, nowSeconds: Math.floor(audit.atMs / 1000) };
}

function describeOutcome(
  { reason }: RevocationCommit,
  results: readonly D1Result<Row>[],
): RevocationOutcome {
  const row = results.at(-1)?.results[0];
  if (row === undefined) return { kind: 'not-found' };
  if (wroteOne(results[0])) {
    return { kind: 'revoked', crlPartition: readIntegerOrNull(row, 'crl_partition') };
  }
  // Another account's certificate may have had the key blocked: only whoever asks for that is told.
  const isBlocked = reason === REVOCATION_REASONS.keyCompromise && row.key_blocked === 1;
  return { kind: isBlocked ? 'key-blocked' : 'already-revoked' };
}

/**
 * Each write is conditional on the one before it, but for `blockRevokedKey`, which has conditions of
 * its own; the last statement only tells the refusals apart.
 */
function revocationBatch(
  db: D1Database,
  commit: RevocationCommit,
  check: GrantCheck,
): D1PreparedStatement[] {
  const { authorityId, serialHex, accountId } = commit;
  return [
    db
      .prepare(SQL.raiseRevision)
      .bind(authorityId, serialHex, accountId, ...grantParameters(check)),
    db.prepare(SQL.insertRevocation).bind(...rowParameters(commit)),
    ...prepareRest(db, commit, check),
    db.prepare(SQL.forgetRelease).bind(authorityId, serialHex),
    db.prepare(SQL.findCertificate).bind(authorityId, serialHex, accountId),
  ];
}

/** Nothing happens where the hold has another revision by now: it was released, or revoked by others. */
function heldBatch(
  db: D1Database,
  commit: RevocationCommit,
  check: GrantCheck,
  revision: number,
): D1PreparedStatement[] {
  const { authorityId, serialHex, accountId } = commit;
  return [
    db
      .prepare(SQL.raiseForHeld)
      .bind(authorityId, serialHex, accountId, ...grantParameters(check), revision),
    db.prepare(SQL.changeHeld).bind(...rowParameters(commit)),
    ...prepareRest(db, commit, check),
    db.prepare(SQL.markHeldStale).bind(authorityId, serialHex, revision),
    db.prepare(SQL.findCertificate).bind(authorityId, serialHex, accountId),
  ];
}

function rowParameters({
  authorityId,
  serialHex,
  revokedAtSeconds,
  reason,
  invalidityDateSeconds,
  accountId,
}: RevocationCommit): (string | number | null)[] {
  const heldBy = reason === REVOCATION_REASONS.certificateHold ? accountId : null;
  return [authorityId, serialHex, revokedAtSeconds, reason, invalidityDateSeconds, heldBy];
}

function prepareRest(
  db: D1Database,
  commit: RevocationCommit,
  check: GrantCheck,
): D1PreparedStatement[] {
  const { authorityId, serialHex, accountId, audit } = commit;
  const event = db.prepare(SQL.insertEvent).bind(...eventParameters(audit));
  if (commit.reason !== REVOCATION_REASONS.keyCompromise) return [event];
  const block: AuditEvent = {
    ...audit,
    action: 'key.block',
    authorityId,
    target: serialHex,
    detail: { ...audit.detail, serial: serialHex },
  };
  return [
    event,
    db.prepare(SQL.blockKey).bind(authorityId, serialHex, audit.atMs),
    // A revocation in this batch has blocked the key by now, and its own event tells of it.
    db
      .prepare(SQL.blockRevokedKey)
      .bind(authorityId, serialHex, accountId, ...grantParameters(check), audit.atMs),
    db.prepare(SQL.insertBlockEvent).bind(...eventParameters(block)),
  ];
}
