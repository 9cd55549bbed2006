import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type {
  ManyCommit,
  ManyOutcome,
  ManyPosition,
  ManyRevocationStore,
} from '../revocation/revoke-many.ts';
import { eventValues, insertEventsSql, prepareEvent } from './audit-event.ts';
import { blockKeysSql } from './blocked-key.ts';
import { readChangedRevocation } from './changed-revocation.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import type { Database, PreparedStatement } from './database.ts';
import { GRANTED, grantValues, writeGranted } from './grant.ts';
import { type Row, readInteger } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const HOLD = REVOCATION_REASONS.certificateHold;

/**
 * Selects the next certificates to revoke, through an index on `column` and expiry. Until the batch
 * inserts the revocations, all its statements select the same certificates.
 */
function selectionSql<const Column extends string>(column: Column) {
  return `SELECT certificates.rowid AS id, certificates.authority_id, certificates.serial,
    certificates.public_key_id, certificates.not_after_s, certificates.crl_partition,
    held.revision
  FROM certificates
  LEFT JOIN revocations AS held ON held.authority_id = certificates.authority_id
    AND held.serial = certificates.serial
  WHERE certificates.${column} = :scopeId
    AND certificates.not_after_s >= :afterSeconds
    AND (certificates.not_after_s > :afterSeconds OR certificates.rowid > :afterRow)
    AND ${visibleSql('certificates.account_id')}
    AND (:authorityId IS NULL OR EXISTS (
      SELECT 1 FROM authorities AS named
      WHERE named.id = certificates.authority_id AND :authorityId IN (named.id, named.lineage)))
    AND (held.reason IS NULL OR held.reason = ${HOLD})
    AND NOT EXISTS (
      SELECT 1 FROM authority_certificates AS own
      WHERE own.issuer_id = certificates.authority_id AND own.serial = certificates.serial)
  ORDER BY certificates.not_after_s, certificates.rowid
  LIMIT :limit` as const;
}

function createSql<const Column extends string>(column: Column) {
  const selection = selectionSql(column);
  return {
    select: sql(`SELECT id, not_after_s, COUNT(*) OVER () AS total FROM (${selection})
ORDER BY not_after_s DESC, id DESC LIMIT 1`),
    markStale: sql(
      markChunksStaleSql(
        'gone.authority_id',
        `SELECT authority_id, revision, crl_partition FROM (${selection})
      WHERE revision IS NOT NULL AND ${GRANTED}`,
      ),
    ),
    deleteReleases: sql(`DELETE FROM released_holds
WHERE (authority_id, serial) IN (SELECT authority_id, serial FROM (${selection})) AND ${GRANTED}`),
    blockKeys: sql(
      blockKeysSql(`SELECT public_key_id, authority_id, serial, :atMs FROM (${selection})
WHERE public_key_id IS NOT NULL AND ${GRANTED}`),
    ),
    raiseRevisions: sql(`UPDATE authorities
SET revocation_revision = revocation_revision + 1,
  removals = removals + EXISTS (
    SELECT 1 FROM (${selection}) AS chosen
    WHERE chosen.authority_id = authorities.id AND chosen.revision IS NOT NULL)
WHERE id IN (SELECT authority_id FROM (${selection})) AND ${GRANTED}`),
    insertEvents: sql(
      insertEventsSql(
        `FROM (${selection}) AS chosen
WHERE changes() > 0`,
        'COALESCE(:eventAuthorityId, chosen.authority_id)',
        'COALESCE(:eventTarget, chosen.serial)',
      ),
    ),
    insertRevocations: sql(`INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT authorities.id, chosen.serial, authorities.revocation_revision, :revokedAtSeconds, :reason,
  :invalidityDateSeconds, chosen.not_after_s, chosen.crl_partition
FROM (${selection}) AS chosen
CROSS JOIN authorities ON authorities.id = chosen.authority_id
WHERE changes() > 0
ON CONFLICT (authority_id, serial) DO UPDATE SET revision = excluded.revision,
  revoked_at_s = excluded.revoked_at_s, reason = excluded.reason,
  invalidity_date_s = excluded.invalidity_date_s, retired_in_crl = NULL
RETURNING authority_id, serial, crl_partition, revision`),
  } as const;
}

export const MANY_BY_KEY_SQL = createSql('public_key_id');
export const MANY_BY_ACCOUNT_SQL = createSql('account_id');

const FROM_SEEN_OF_KEY = `FROM certificates
  WHERE certificates.public_key_id = :scopeId AND ${visibleSql('certificates.account_id')}` as const;

export const MANY_SQL = {
  findAccount: sql('SELECT 1 AS found FROM accounts WHERE id = :scopeId'),
  /**
   * Blocks the key even if none of its certificates can be revoked any more. The account root also
   * blocks a key without any certificate.
   */
  blockKey: sql(
    blockKeysSql(`SELECT * FROM (
  SELECT certificates.public_key_id, certificates.authority_id, certificates.serial, :atMs
  ${FROM_SEEN_OF_KEY} LIMIT 1)
WHERE ${GRANTED}
UNION ALL
SELECT :scopeId, '', '', :atMs
WHERE :askingAccountId = '${ROOT_ACCOUNT_ID}' AND ${GRANTED} AND NOT EXISTS (SELECT 1 ${FROM_SEEN_OF_KEY})`),
  ),
  findOfKey: sql(`SELECT 1 AS found ${FROM_SEEN_OF_KEY} LIMIT 1`),
} as const;

export function createManyRevocationStore(db: Database): ManyRevocationStore {
  return {
    async commitMany(commit) {
      const { scope, check } = commit;
      const batch = prepareBatch(db, commit);
      const values = { scopeId: scope.id, askingAccountId: commit.accountId };
      const find = scope.by === 'account' ? MANY_SQL.findAccount : MANY_SQL.findOfKey;
      const results = await writeGranted(db, check, [...batch, find.prepare(db, values)]);
      if (results.at(-1)?.results.length !== 1) requireNone(commit);
      return readOutcome(commit, results[0]?.results[0], results[batch.length - 1]?.results ?? []);
    },
  };
}

/** @throws SignetError if the call does nothing, because there is no such account or certificate */
function requireNone({ scope, reason, accountId }: ManyCommit): void {
  if (scope.by === 'account') {
    throw new SignetError('account-not-found', 'There is no such account.', { field: 'account' });
  }
  if (reason !== REVOCATION_REASONS.keyCompromise || accountId === ROOT_ACCOUNT_ID) return;
  throw new SignetError(
    'certificate-not-found',
    `The account has no certificate of this key, so the key was not blocked. Only the account ${ROOT_ACCOUNT_ID} can block a key in advance.`,
    { field: 'publicKey' },
  );
}

/** The revocations come last: until then every statement selects the same certificates. */
function prepareBatch(db: Database, commit: ManyCommit): PreparedStatement[] {
  const { scope, reason, audit } = commit;
  const SQL = scope.by === 'key' ? MANY_BY_KEY_SQL : MANY_BY_ACCOUNT_SQL;
  const values = manyValues(commit);
  return [
    SQL.select.prepare(db, values),
    ...(reason === REVOCATION_REASONS.keyCompromise ? prepareBlocks(db, commit, values) : []),
    SQL.markStale.prepare(db, values),
    SQL.deleteReleases.prepare(db, values),
    SQL.raiseRevisions.prepare(db, values),
    SQL.insertEvents.prepare(db, { ...values, ...eventValues(audit) }),
    SQL.insertRevocations.prepare(db, values),
  ];
}

function prepareBlocks(
  db: Database,
  { scope, audit }: ManyCommit,
  values: ReturnType<typeof manyValues>,
): PreparedStatement[] {
  if (scope.by === 'account') return [MANY_BY_ACCOUNT_SQL.blockKeys.prepare(db, values)];
  const event: AuditEvent = { ...audit, action: 'key.block', target: scope.id };
  return [MANY_SQL.blockKey.prepare(db, values), prepareEvent(db, event)];
}

function manyValues({ scope, after, revokedAtSeconds, audit, check, ...commit }: ManyCommit) {
  // A certificate is valid through the second of its notAfter. Those that have expired since the last
  // call are skipped.
  const begin =
    after === null || after.notAfterSeconds < revokedAtSeconds
      ? { notAfterSeconds: revokedAtSeconds, row: 0 }
      : after;
  return {
    scopeId: scope.id,
    afterSeconds: begin.notAfterSeconds,
    afterRow: begin.row,
    askingAccountId: commit.accountId,
    authorityId: commit.authorityId,
    limit: commit.limit,
    revokedAtSeconds,
    reason: commit.reason,
    invalidityDateSeconds: commit.invalidityDateSeconds,
    atMs: audit.atMs,
    ...grantValues(check),
  };
}

function readOutcome(
  { limit }: ManyCommit,
  last: Row | undefined,
  rows: readonly Row[],
): ManyOutcome {
  return {
    revoked: rows.map(readChangedRevocation),
    next: last !== undefined && readInteger(last, 'total') >= limit ? readPosition(last) : null,
  };
}

function readPosition(row: Row): ManyPosition {
  return { notAfterSeconds: readInteger(row, 'not_after_s'), row: readInteger(row, 'id') };
}
