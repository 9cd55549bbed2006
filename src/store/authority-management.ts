import type {
  AuthorityChange,
  AuthorityDeed,
  AuthorityManagementStore,
  ChangeOutcome,
  ExpectedAuthority,
  IssuedCaCertificate,
} from '../authorities/management-store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { formatName } from '../x509/names/names.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE, insertEventSql } from './audit-event.ts';
import {
  AUTHORITY_COLUMNS,
  certificateParameters,
  INSERT_AUTHORITY_HEAD,
  RECORD_PARAMETERS,
  readAuthority,
  recordParameters,
} from './authority.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { readRecord, wroteOne } from './d1.ts';
import {
  GRANT_PARAMETERS,
  grantedSql,
  grantParameters,
  readGranted,
  writeGranted,
} from './grant.ts';
import { keyBlockedSql } from './issuance.ts';
import { type Row, readIntegerOrNull, readText } from './row.ts';

/** The generation still signs, by that certificate; without an id there is nothing to ask. */
function signsSql(id: string, sha256: string): string {
  return `(${id} IS NULL OR EXISTS (
  SELECT 1 FROM authorities AS issuer
  WHERE issuer.id = ${id} AND issuer.state = 'active' AND issuer.current = 1
    AND issuer.certificate_sha256 = ${sha256}
    AND NOT EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = issuer.parent_id AND revocations.serial = issuer.serial)))`;
}

function keyTakenSql(keyId: string): string {
  return `EXISTS (SELECT 1 FROM authorities AS taken WHERE taken.public_key_id = ${keyId})`;
}

/** What every change depends on: grant, issuer, key. Its parameters are those of `conditionParameters`. */
function conditionSql(first: number): string {
  const issuer = first + GRANT_PARAMETERS;
  const key = `?${issuer + 2}`;
  return `${grantedSql(first)}
  AND ${signsSql(`?${issuer}`, `?${issuer + 1}`)}
  AND (${key} IS NULL OR NOT (${keyBlockedSql(key)} OR ${keyTakenSql(key)}))`;
}

function conditionParameters({ check, issuer, newKeyIdHex }: AuthorityChange) {
  return [
    ...grantParameters(check),
    issuer?.id ?? null,
    issuer?.certificateSha256Hex ?? null,
    newKeyIdHex,
  ];
}

const IN_LINEAGE_REVOKED = `own.authority_id IN (
  SELECT id FROM authorities WHERE lineage = ?1 AND state = 'revoked')`;

const HELD_IN_LINEAGE = `SELECT revocations.authority_id, revocations.revision,
    revocations.crl_partition
  FROM authority_certificates AS own
  JOIN revocations ON revocations.authority_id = own.issuer_id
    AND revocations.serial = own.serial
    AND revocations.reason = ${REVOCATION_REASONS.certificateHold}
  WHERE ${IN_LINEAGE_REVOKED}`;

export const AUTHORITY_MANAGEMENT_SQL = {
  listCurrent: `SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS own WHERE own.current = 1 AND own.lineage > ?1 ORDER BY own.lineage LIMIT ?2`,
  listGenerations: `SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS named
JOIN authorities AS own ON own.lineage = named.lineage
WHERE named.id = ?1 ORDER BY own.created_at_ms`,
  listCrossCertificates: `SELECT certificates.certificate
FROM authority_certificates AS cross
JOIN certificates
  ON certificates.serial = cross.serial AND certificates.authority_id = cross.issuer_id
WHERE cross.authority_id = ?1 AND cross.kind = 'cross' AND certificates.certificate IS NOT NULL
ORDER BY certificates.issued_at_ms DESC`,
  listIds: 'SELECT id FROM authorities WHERE certificate IS NOT NULL',
  insert: `${INSERT_AUTHORITY_HEAD}
WHERE ${conditionSql(RECORD_PARAMETERS + 1)}
ON CONFLICT (id) DO NOTHING`,
  insertSuccessor: `${INSERT_AUTHORITY_HEAD}
WHERE changes() = 1`,
  /** For the certificate that a new generation issues before it is recorded. */
  takeFirstSlot: `UPDATE authorities SET reserved_slots = 1 WHERE id = ?1 AND changes() = 1`,
  certify: `UPDATE authorities
SET certificate = ?1, certificate_sha256 = ?2, serial = ?3, chain = ?4, parent_id = ?5,
  certified_at_ms = ?6, request = NULL,
  state = CASE WHEN state = 'pending' THEN 'active' ELSE state END
WHERE id = ?7 AND certificate_sha256 IS ?8 AND current = 1 AND state <> 'revoked'
  AND ${conditionSql(9)}`,
  retire: `UPDATE authorities SET current = 0
WHERE id = ?1 AND certificate_sha256 = ?2 AND current = 1 AND state = 'active'
  AND ${conditionSql(3)}`,
  insertCertificate: `INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms, crl_partition)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, 'api', ?7, ?8, ?9, ?10, ?11 WHERE changes() = 1`,
  insertLink: `INSERT INTO authority_certificates (authority_id, issuer_id, serial, kind)
SELECT ?1, ?2, ?3, ?4 WHERE changes() = 1`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  explain: `SELECT ${keyBlockedSql('?1')} AS key_blocked, ${keyTakenSql('?1')} AS key_taken`,
  changeState: `UPDATE authorities SET state = ?3
WHERE lineage = ?1 AND state = ?2 AND ${grantedSql(4)}
  AND (?3 <> 'active' OR NOT EXISTS (
    SELECT 1 FROM authorities AS parent
    WHERE parent.id = authorities.parent_id AND parent.state = 'revoked'))`,
  insertEventAfterChanges: insertEventSql('changes() > 0'),
  setProfiles: `UPDATE authorities SET profiles = ?2 WHERE id = ?1 AND ${grantedSql(3)}`,
  revoke: `UPDATE authorities SET state = 'revoked'
WHERE lineage = ?1 AND state <> 'revoked' AND ${grantedSql(2)}`,
  /** What is on hold becomes revoked. */
  markHeldStale: markChunksStaleSql('gone.authority_id', HELD_IN_LINEAGE),
  raiseRevisions: `UPDATE authorities SET revocation_revision = revocation_revision + 1,
  removals = removals + EXISTS (
    SELECT 1 FROM (${HELD_IN_LINEAGE}) AS held WHERE held.authority_id = authorities.id)
WHERE id IN (
  SELECT own.issuer_id FROM authority_certificates AS own
  WHERE ${IN_LINEAGE_REVOKED}
    AND NOT EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = own.issuer_id AND revocations.serial = own.serial
        AND revocations.reason <> ${REVOCATION_REASONS.certificateHold}))
RETURNING id`,
  insertRevocations: `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT own.issuer_id, own.serial, issuer.revocation_revision, ?2, ?3, NULL,
  certificates.not_after_s, certificates.crl_partition
FROM authority_certificates AS own
JOIN authorities AS issuer ON issuer.id = own.issuer_id
JOIN certificates
  ON certificates.serial = own.serial AND certificates.authority_id = own.issuer_id
WHERE ${IN_LINEAGE_REVOKED}
ON CONFLICT (authority_id, serial) DO UPDATE SET revision = excluded.revision,
  revoked_at_s = excluded.revoked_at_s, reason = excluded.reason, invalidity_date_s = NULL,
  retired_in_crl = NULL
WHERE revocations.reason = ${REVOCATION_REASONS.certificateHold}
RETURNING authority_id, serial, crl_partition`,
  forgetReleases: `DELETE FROM released_holds
WHERE (authority_id, serial) IN (
  SELECT own.issuer_id, own.serial FROM authority_certificates AS own
  WHERE ${IN_LINEAGE_REVOKED})`,
  blockKeys: `INSERT INTO blocked_keys (public_key_id, authority_id, serial, blocked_at_ms)
SELECT public_key_id, COALESCE(parent_id, id), COALESCE(serial, ''), ?2
FROM authorities
WHERE lineage = ?1 AND state = 'revoked' AND public_key_id IS NOT NULL
ON CONFLICT (public_key_id) DO NOTHING`,
  disableBelow: `UPDATE authorities SET state = 'disabled'
WHERE state = 'active' AND id IN (
  WITH RECURSIVE below (id) AS (
    SELECT id FROM authorities WHERE lineage = ?1 AND state = 'revoked'
    UNION
    SELECT child.id FROM below JOIN authorities AS child ON child.parent_id = below.id)
  SELECT id FROM below)`,
} as const;

const SQL = AUTHORITY_MANAGEMENT_SQL;

export function createAuthorityManagementStore(db: D1Database): AuthorityManagementStore {
  return {
    async listCurrent({ afterId, limit }, access) {
      const list = db.prepare(SQL.listCurrent).bind(afterId ?? '', limit);
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readAuthority);
    },

    async listGenerations(id, check) {
      const list = db.prepare(SQL.listGenerations).bind(id);
      const [listed] =
        check === null
          ? await readRecord(() => db.batch<Row>([list]))
          : await readGranted(db, check, [list]);
      return (listed?.results ?? []).map(readAuthority);
    },

    async listCrossCertificates(id) {
      const { results } = await readRecord(() =>
        db.prepare(SQL.listCrossCertificates).bind(id).all<Row>(),
      );
      return results.map((row) => Uint8Array.fromBase64(readText(row, 'certificate')));
    },

    async listIds() {
      const { results } = await readRecord(() => db.prepare(SQL.listIds).all<Row>());
      return results.map((row) => readText(row, 'id'));
    },

    async commitChange(change) {
      const statements = [
        ...(await prepareDeed(db, change)),
        ...change.issued.flatMap((issued) => prepareIssued(db, issued, change)),
        db.prepare(SQL.insertEvent).bind(...eventParameters(change.audit)),
        db.prepare(SQL.explain).bind(change.newKeyIdHex),
      ];
      const results = await writeGranted(db, change.check, statements);
      return wroteOne(results[0]) ? 'committed' : explain(results.at(-1)?.results[0]);
    },

    async changeState(lineageId, from, to, check, audit) {
      const [changed] = await writeGranted(db, check, [
        db.prepare(SQL.changeState).bind(lineageId, from, to, ...grantParameters(check)),
        db.prepare(SQL.insertEventAfterChanges).bind(...eventParameters(audit)),
      ]);
      return (changed?.meta.changes ?? 0) > 0;
    },

    async setProfiles(lineageId, profilesJson, check, audit) {
      await writeGranted(db, check, [
        db.prepare(SQL.setProfiles).bind(lineageId, profilesJson, ...grantParameters(check)),
        db.prepare(SQL.insertEvent).bind(...eventParameters(audit)),
      ]);
    },

    async revoke(lineageId, reason, check, audit) {
      const nowSeconds = Math.floor(audit.atMs / 1000);
      const blockKeys = db.prepare(SQL.blockKeys).bind(lineageId, audit.atMs);
      // Behind the first two nothing happens unless the authority is a revoked one.
      const [revoked, , , raised, inserted] = await writeGranted(db, check, [
        db.prepare(SQL.revoke).bind(lineageId, ...grantParameters(check)),
        db.prepare(SQL.insertEventAfterChanges).bind(...eventParameters(audit)),
        db.prepare(SQL.markHeldStale).bind(lineageId),
        db.prepare(SQL.raiseRevisions).bind(lineageId),
        db.prepare(SQL.insertRevocations).bind(lineageId, nowSeconds, reason),
        db.prepare(SQL.forgetReleases).bind(lineageId),
        ...(reason === REVOCATION_REASONS.keyCompromise ? [blockKeys] : []),
        db.prepare(SQL.disableBelow).bind(lineageId),
      ]);
      if ((revoked?.meta.changes ?? 0) === 0) return null;
      return {
        issuerIds: (raised?.results ?? []).map((row) => readText(row, 'id')),
        certificates: (inserted?.results ?? []).map((row) => ({
          issuerId: readText(row, 'authority_id'),
          serialHex: readText(row, 'serial'),
          crlPartition: readIntegerOrNull(row, 'crl_partition'),
        })),
      };
    },
  };
}

/** The first statement decides; each one behind it depends on the one before having written its row. */
async function prepareDeed(
  db: D1Database,
  change: AuthorityChange,
): Promise<D1PreparedStatement[]> {
  const { deed } = change;
  const conditions = conditionParameters(change);
  switch (deed.kind) {
    case 'insert':
      return [db.prepare(SQL.insert).bind(...(await recordParameters(deed.record)), ...conditions)];
    case 'certify':
      return [await prepareCertify(db, deed, change.audit.atMs, conditions)];
    case 'succeed':
      return [
        prepareRetire(db, deed.from, conditions),
        db.prepare(SQL.insertSuccessor).bind(...(await recordParameters(deed.record))),
        db.prepare(SQL.takeFirstSlot).bind(deed.record.id),
      ];
  }
}

async function prepareCertify(
  db: D1Database,
  deed: Extract<AuthorityDeed, { kind: 'certify' }>,
  atMs: number,
  conditions: readonly (string | number | null)[],
): Promise<D1PreparedStatement> {
  const { parentId, id, fromSha256Hex } = deed;
  const values = await certificateParameters(deed);
  return db.prepare(SQL.certify).bind(...values, parentId, atMs, id, fromSha256Hex, ...conditions);
}

function prepareRetire(
  db: D1Database,
  from: ExpectedAuthority,
  conditions: readonly (string | number | null)[],
): D1PreparedStatement {
  return db.prepare(SQL.retire).bind(from.id, from.certificateSha256Hex, ...conditions);
}

function prepareIssued(
  db: D1Database,
  { authorityId, issuerId, kind, certificateDer, publicKeyIdHex, partition }: IssuedCaCertificate,
  { accountId, audit }: AuthorityChange,
): D1PreparedStatement[] {
  const { serialHex, subjectDer, notBeforeSeconds, notAfterSeconds } =
    parseCertificate(certificateDer);
  return [
    db
      .prepare(SQL.insertCertificate)
      .bind(
        serialHex,
        issuerId,
        formatName(subjectDer),
        publicKeyIdHex,
        certificateDer.toBase64(),
        kind,
        accountId,
        notBeforeSeconds,
        notAfterSeconds,
        audit.atMs,
        partition,
      ),
    db.prepare(SQL.insertLink).bind(authorityId, issuerId, serialHex, kind),
  ];
}

function explain(row: Row | undefined): ChangeOutcome {
  if (row?.key_blocked === 1) return 'key-blocked';
  return row?.key_taken === 1 ? 'key-taken' : 'changed';
}
