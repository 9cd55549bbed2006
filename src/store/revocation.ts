import type { GrantCheck } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type { RevocationCommit, RevocationOutcome, RevocationStore } from '../revocation/store.ts';
import { eventValues, insertEventsSql, prepareEvent } from './audit-event.ts';
import { blockKeysSql, keyBlockedSql } from './blocked-key.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { wroteOne } from './d1.ts';
import type { Database, PreparedStatement, Result } from './database.ts';
import { GRANTED, grantValues, writeGranted } from './grant.ts';
import { type Row, readInteger, readIntegerOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const HOLD = REVOCATION_REASONS.certificateHold;

/** The condition that the asking account may see the certificate. */
export const OWNED = `EXISTS (
    SELECT 1 FROM certificates
    WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId
      AND ${visibleSql('certificates.account_id')})` as const;

export const REVOCATION_SQL = {
  raiseRevision: sql(`UPDATE authorities SET revocation_revision = revocation_revision + 1
WHERE id = :authorityId AND ${GRANTED}
  AND ${OWNED}
  AND NOT EXISTS (
    SELECT 1 FROM revocations WHERE authority_id = :authorityId AND serial = :serialHex)`),
  insertRevocation: sql(`INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition, held_by)
SELECT authorities.id, certificates.serial, authorities.revocation_revision, :revokedAtSeconds,
  :reason, :invalidityDateSeconds, certificates.not_after_s, certificates.crl_partition, :heldBy
FROM authorities
JOIN certificates
  ON certificates.serial = :serialHex AND certificates.authority_id = authorities.id
WHERE authorities.id = :authorityId AND changes() = 1`),
  blockKey: sql(
    blockKeysSql(`SELECT public_key_id, authority_id, serial, :atMs
FROM certificates
WHERE serial = :serialHex AND authority_id = :authorityId AND public_key_id IS NOT NULL
  AND changes() = 1`),
  ),
  /** Blocks the key of a certificate that is already revoked: its revocation stays as it is. */
  blockRevokedKey: sql(
    blockKeysSql(`SELECT certificates.public_key_id, certificates.authority_id, certificates.serial, :atMs
FROM certificates
JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId
  AND certificates.public_key_id IS NOT NULL AND revocations.reason <> ${HOLD}
  AND ${visibleSql('certificates.account_id')} AND ${GRANTED}`),
  ),
  /** The event's target is the key of the certificate. */
  insertBlockEvent: sql(
    insertEventsSql(
      `FROM certificates
WHERE serial = :serialHex AND authority_id = :eventAuthorityId AND changes() = 1`,
      ':eventAuthorityId',
      'public_key_id',
    ),
  ),
  deleteRelease: sql(`DELETE FROM released_holds
WHERE authority_id = :authorityId AND serial = :serialHex
  AND EXISTS (
    SELECT 1 FROM revocations WHERE authority_id = :authorityId AND serial = :serialHex)`),
  findCertificate: sql(`SELECT revocations.reason, revocations.revision, certificates.crl_partition,
  ${keyBlockedSql('certificates.public_key_id')} AS key_blocked
FROM certificates
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId
  AND ${visibleSql('certificates.account_id')}`),
  raiseForHeld: sql(`UPDATE authorities
SET revocation_revision = revocation_revision + 1, removals = removals + 1
WHERE id = :authorityId AND ${GRANTED}
  AND ${OWNED}
  AND EXISTS (
    SELECT 1 FROM revocations
    WHERE authority_id = :authorityId AND serial = :serialHex AND revision = :heldRevision
      AND reason = ${HOLD})`),
  changeHeld: sql(`UPDATE revocations
SET revision = (SELECT revocation_revision FROM authorities WHERE id = :authorityId),
  revoked_at_s = :revokedAtSeconds, reason = :reason,
  invalidity_date_s = :invalidityDateSeconds, held_by = :heldBy, retired_in_crl = NULL
WHERE authority_id = :authorityId AND serial = :serialHex AND changes() = 1`),
  markHeldStale: sql(
    markChunksStaleSql(
      ':authorityId',
      `SELECT :heldRevision AS revision, crl_partition FROM revocations
    WHERE authority_id = :authorityId AND serial = :serialHex AND revision > :heldRevision`,
    ),
  ),
} as const;

const SQL = REVOCATION_SQL;
const MAX_ATTEMPTS = 3;

export function createRevocationStore(db: Database): RevocationStore {
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
        // The hold was released in between, so the certificate is not revoked: try again.
      }
      throw new SignetError(
        'record-unavailable',
        'The certificate was put on hold and released during the revocation. Try again.',
      );
    },
  };
}

function checkOf({ grant, audit }: RevocationCommit): GrantCheck {
  return { grant, nowSeconds: Math.floor(audit.atMs / 1000) };
}

function describeOutcome(
  { reason }: RevocationCommit,
  results: readonly Result<Row>[],
): RevocationOutcome {
  const row = results.at(-1)?.results[0];
  if (row === undefined) return { kind: 'not-found' };
  if (wroteOne(results[0])) {
    return {
      kind: 'revoked',
      crlPartition: readIntegerOrNull(row, 'crl_partition'),
      revision: readInteger(row, 'revision'),
    };
  }
  // The key may be blocked because of another account's certificate: tell only callers that ask for
  // keyCompromise.
  const isBlocked = reason === REVOCATION_REASONS.keyCompromise && row.key_blocked === 1;
  return { kind: isBlocked ? 'key-blocked' : 'already-revoked' };
}

/**
 * Each write depends on the one before it, except `blockRevokedKey`, which has its own conditions.
 * The last statement only tells the refusals apart.
 */
function revocationBatch(
  db: Database,
  commit: RevocationCommit,
  check: GrantCheck,
): PreparedStatement[] {
  const values = revocationValues(commit, check);
  return [
    SQL.raiseRevision.prepare(db, values),
    SQL.insertRevocation.prepare(db, values),
    ...prepareRest(db, commit, values),
    SQL.deleteRelease.prepare(db, values),
    SQL.findCertificate.prepare(db, values),
  ];
}

/** Writes nothing if the hold has another revision by now: it was released or became a revocation. */
function heldBatch(
  db: Database,
  commit: RevocationCommit,
  check: GrantCheck,
  heldRevision: number,
): PreparedStatement[] {
  const values = { ...revocationValues(commit, check), heldRevision };
  return [
    SQL.raiseForHeld.prepare(db, values),
    SQL.changeHeld.prepare(db, values),
    ...prepareRest(db, commit, values),
    SQL.markHeldStale.prepare(db, values),
    SQL.findCertificate.prepare(db, values),
  ];
}

function revocationValues(commit: RevocationCommit, check: GrantCheck) {
  const { authorityId, serialHex, revokedAtSeconds, reason, invalidityDateSeconds } = commit;
  return {
    authorityId,
    serialHex,
    revokedAtSeconds,
    reason,
    invalidityDateSeconds,
    heldBy: reason === HOLD ? commit.accountId : null,
    askingAccountId: commit.accountId,
    atMs: commit.audit.atMs,
    ...grantValues(check),
  };
}

function prepareRest(
  db: Database,
  { reason, authorityId, serialHex, audit }: RevocationCommit,
  values: ReturnType<typeof revocationValues>,
): PreparedStatement[] {
  const event = prepareEvent(db, audit);
  if (reason !== REVOCATION_REASONS.keyCompromise) return [event];
  const block: AuditEvent = {
    ...audit,
    action: 'key.block',
    authorityId,
    target: serialHex,
    detail: { ...audit.detail, serial: serialHex },
  };
  return [
    event,
    SQL.blockKey.prepare(db, values),
    // If this batch revoked the certificate, blockKey has blocked its key and this writes nothing.
    SQL.blockRevokedKey.prepare(db, values),
    SQL.insertBlockEvent.prepare(db, { ...eventValues(block), serialHex }),
  ];
}
