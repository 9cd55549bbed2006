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
import { EVENT_PARAMETERS, eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { grantedSql, grantParameters, writeGranted } from './grant.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const HOLD = REVOCATION_REASONS.certificateHold;

/** How many parameters a selection takes. */
const SELECTION = 6;

/**
 * The next certificates to revoke, by an index that begins with `column` and goes on by expiry.
 * Until the revocations are inserted, every statement of the batch finds the same. Its parameters:
 * what the column has, the second and the row to begin behind, the account that asks, the authority
 * or NULL, how many.
 */
function selectionSql(column: string, first = 1): string {
  const at = (index: number) => `?${first + index}`;
  return `SELECT certificates.rowid AS id, certificates.authority_id, certificates.serial,
    certificates.public_key_id, certificates.not_after_s, certificates.crl_partition,
    held.revision
  FROM certificates
  LEFT JOIN revocations AS held ON held.authority_id = certificates.authority_id
    AND held.serial = certificates.serial
  WHERE certificates.${column} = ${at(0)}
    AND certificates.not_after_s >= ${at(1)}
    AND (certificates.not_after_s > ${at(1)} OR certificates.rowid > ${at(2)})
    AND (${at(3)} = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ${at(3)})
    AND (${at(4)} IS NULL OR EXISTS (
      SELECT 1 FROM authorities AS named
      WHERE named.id = certificates.authority_id AND ${at(4)} IN (named.id, named.lineage)))
    AND (held.reason IS NULL OR held.reason = ${HOLD})
    AND NOT EXISTS (
      SELECT 1 FROM authority_certificates AS own
      WHERE own.issuer_id = certificates.authority_id AND own.serial = certificates.serial)
  ORDER BY certificates.not_after_s, certificates.rowid
  LIMIT ${at(5)}`;
}

function statements(column: string) {
  const selection = selectionSql(column);
  const granted = grantedSql(SELECTION + 1);
  return {
    select: `SELECT id, not_after_s, COUNT(*) OVER () AS total FROM (${selection})
ORDER BY not_after_s DESC, id DESC LIMIT 1`,
    markStale: markChunksStaleSql(
      'gone.authority_id',
      `SELECT authority_id, revision, crl_partition FROM (${selection})
      WHERE revision IS NOT NULL AND ${granted}`,
    ),
    forgetReleases: `DELETE FROM released_holds
WHERE (authority_id, serial) IN (SELECT authority_id, serial FROM (${selection})) AND ${granted}`,
    blockKeys: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT public_key_id, authority_id, serial, ?${SELECTION + 5} FROM (${selection})
WHERE public_key_id IS NOT NULL AND ${granted}
ON CONFLICT (public_key_id) DO NOTHING`,
    raiseRevisions: `UPDATE authorities
SET revocation_revision = revocation_revision + 1,
  removals = removals + EXISTS (
    SELECT 1 FROM (${selection}) AS chosen
    WHERE chosen.authority_id = authorities.id AND chosen.revision IS NOT NULL)
WHERE id IN (SELECT authority_id FROM (${selection})) AND ${granted}`,
    insertEvents: `INSERT INTO audit_events
  (at_ms, account_id, actor, action, outcome, authority_id, target, detail, request_id, remote_address, country)
SELECT ?1, ?2, ?3, ?4, ?5, COALESCE(?6, chosen.authority_id), COALESCE(?7, chosen.serial), ?8, ?9,
  ?10, ?11
FROM (${selectionSql(column, EVENT_PARAMETERS + 1)}) AS chosen
WHERE changes() > 0`,
    insertRevocations: `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT authorities.id, chosen.serial, authorities.revocation_revision, ?${SELECTION + 1},
  ?${SELECTION + 2}, ?${SELECTION + 3}, chosen.not_after_s, chosen.crl_partition
FROM (${selection}) AS chosen
CROSS JOIN authorities ON authorities.id = chosen.authority_id
WHERE changes() > 0
ON CONFLICT (authority_id, serial) DO UPDATE SET revision = excluded.revision,
  revoked_at_s = excluded.revoked_at_s, reason = excluded.reason,
  invalidity_date_s = excluded.invalidity_date_s, retired_in_crl = NULL
RETURNING authority_id, serial, crl_partition`,
  } as const;
}

export const MANY_BY_KEY_SQL = statements('public_key_id');
export const MANY_BY_ACCOUNT_SQL = statements('account_id');

export const MANY_SQL = {
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  findAccount: 'SELECT 1 AS found FROM accounts WHERE id = ?1',
  /** A key is blocked even where none of its certificates can be revoked any more. */
  blockKey: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT certificates.public_key_id, certificates.authority_id, certificates.serial, ?2
FROM certificates
WHERE certificates.public_key_id = ?1
  AND (?3 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?3)
  AND ${grantedSql(4)}
LIMIT 1
ON CONFLICT (public_key_id) DO NOTHING`,
} as const;

export function createManyRevocationStore(db: D1Database): ManyRevocationStore {
  return {
    async commitMany(commit) {
      const { scope, check } = commit;
      const isAccount = scope.by === 'account';
      const find = db.prepare(MANY_SQL.findAccount).bind(commit.scope.id);
      const batch = prepareBatch(db, commit);
      const results = await writeGranted(db, check, [...batch, ...(isAccount ? [find] : [])]);
      if (isAccount && results.at(-1)?.results.length !== 1) {
        throw new SignetError('account-not-found', 'There is no such account.', {
          field: 'account',
        });
      }
      return readOutcome(commit, results[0]?.results[0], results[batch.length - 1]?.results ?? []);
    },
  };
}

/** The revocations come last: until then every statement finds the same certificates. */
function prepareBatch(db: D1Database, commit: ManyCommit): D1PreparedStatement[] {
  const { scope, reason, audit, check } = commit;
  const SQL = scope.by === 'key' ? MANY_BY_KEY_SQL : MANY_BY_ACCOUNT_SQL;
  const selection = selectionParameters(commit);
  const granted = [...selection, ...grantParameters(check)];
  return [
    db.prepare(SQL.select).bind(...selection),
    ...(reason === REVOCATION_REASONS.keyCompromise ? prepareBlocks(db, commit, granted) : []),
    db.prepare(SQL.markStale).bind(...granted),
    db.prepare(SQL.forgetReleases).bind(...granted),
    db.prepare(SQL.raiseRevisions).bind(...granted),
    db.prepare(SQL.insertEvents).bind(...eventParameters(audit), ...selection),
    db
      .prepare(SQL.insertRevocations)
      .bind(...selection, commit.revokedAtSeconds, reason, commit.invalidityDateSeconds),
  ];
}

function prepareBlocks(
  db: D1Database,
  { scope, accountId, audit, check }: ManyCommit,
  granted: readonly (string | number | null)[],
): D1PreparedStatement[] {
  if (scope.by === 'account') {
    return [db.prepare(MANY_BY_ACCOUNT_SQL.blockKeys).bind(...granted, audit.atMs)];
  }
  const event: AuditEvent = { ...audit, action: 'key.block', target: scope.id };
  return [
    db.prepare(MANY_SQL.blockKey).bind(scope.id, audit.atMs, accountId, ...grantParameters(check)),
    db.prepare(MANY_SQL.insertEvent).bind(...eventParameters(event)),
  ];
}

function selectionParameters({
  scope,
  after,
  revokedAtSeconds,
  accountId,
  authorityId,
  limit,
}: ManyCommit): (string | number | null)[] {
  // A certificate is valid through the second of its notAfter; what expired meanwhile is passed over.
  const begin =
    after === null || after.notAfterSeconds < revokedAtSeconds
      ? { notAfterSeconds: revokedAtSeconds, row: 0 }
      : after;
  return [scope.id, begin.notAfterSeconds, begin.row, accountId, authorityId, limit];
}

function readOutcome(
  { limit }: ManyCommit,
  last: Row | undefined,
  rows: readonly Row[],
): ManyOutcome {
  return {
    revoked: rows.map((row) => ({
      authorityId: readText(row, 'authority_id'),
      serialHex: readText(row, 'serial'),
      crlPartition: readIntegerOrNull(row, 'crl_partition'),
    })),
    next: last !== undefined && readInteger(last, 'total') >= limit ? readPosition(last) : null,
  };
}

function readPosition(row: Row): ManyPosition {
  return { notAfterSeconds: readInteger(row, 'not_after_s'), row: readInteger(row, 'id') };
}
