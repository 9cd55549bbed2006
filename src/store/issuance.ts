import type { GrantCheck } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { IssuanceCommit, IssuanceOutcome, IssuanceStore } from '../issuance/store.ts';
import {
  EVENT_PARAMETERS,
  eventParameters,
  INSERT_EVENT_AFTER_CHANGE,
  insertEventSql,
} from './audit-event.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { GRANT_PARAMETERS, grantedSql, grantParameters, writeGranted } from './grant.ts';
import type { Row } from './row.ts';

/** A certificate that is neither expired nor revoked holds the subject. Each argument is a parameter. */
function subjectHeldSql(authorityId: string, subject: string, nowSeconds: string): string {
  return `EXISTS (
  SELECT 1 FROM subject_holders
  WHERE subject_holders.authority_id = ${authorityId} AND subject_holders.subject = ${subject}
    AND subject_holders.not_after_s >= ${nowSeconds}
    AND NOT EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = subject_holders.authority_id
        AND revocations.serial = subject_holders.serial))`;
}

export function keyBlockedSql(publicKeyId: string): string {
  return `EXISTS (SELECT 1 FROM blocked_keys WHERE public_key_id = ${publicKeyId})`;
}

const CERTIFICATE_PARAMETERS = 13;
/** How many parameters `INSERT_CERTIFICATE_HEAD` takes. */
export const INSERT_PARAMETERS = CERTIFICATE_PARAMETERS + GRANT_PARAMETERS;

/** To be followed by further conditions and ON_TAKEN_SERIAL. */
export const INSERT_CERTIFICATE_HEAD = `INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms, crl_partition)
SELECT ?1, authorities.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?13
FROM authorities
WHERE authorities.id = ?2 AND authorities.state = 'active' AND authorities.current = 1
  AND authorities.certificate_sha256 = ?12
  AND ${grantedSql(CERTIFICATE_PARAMETERS + 1)}
  AND NOT ${keyBlockedSql('?4')}`;

/** A taken serial is no error but no row: the batch goes on and writes nothing either. */
export const ON_TAKEN_SERIAL = 'ON CONFLICT (serial, authority_id) DO NOTHING';

const EVENT = EVENT_PARAMETERS;

export const ISSUANCE_SQL = {
  insertCertificate: `${INSERT_CERTIFICATE_HEAD}
${ON_TAKEN_SERIAL}`,
  insertCertificateForUniqueSubject: `${INSERT_CERTIFICATE_HEAD}
  AND NOT ${subjectHeldSql('?2', `?${INSERT_PARAMETERS + 1}`, `?${INSERT_PARAMETERS + 2}`)}
${ON_TAKEN_SERIAL}`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  upsertHolder: `INSERT INTO subject_holders (authority_id, subject, serial, not_after_s)
SELECT ?1, ?2, ?3, ?4 WHERE changes() = 1
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s`,
  explainRefusal: `SELECT
  ${keyBlockedSql('?1')} AS key_blocked,
  ${subjectHeldSql('?2', '?3', '?4')} AS subject_held,
  EXISTS (
    SELECT 1 FROM authorities
    WHERE id = ?2 AND state = 'active' AND current = 1 AND certificate_sha256 = ?5
  ) AS authority_signs`,
  insertKeyBlockedEvent: insertEventSql(keyBlockedSql(`?${EVENT + 1}`)),
  insertSubjectHeldEvent: insertEventSql(
    `changes() = 0 AND ${subjectHeldSql(`?${EVENT + 1}`, `?${EVENT + 2}`, `?${EVENT + 3}`)}`,
  ),
  isSubjectHeld: `SELECT ${subjectHeldSql('?1', '?2', '?3')} AS subject_held`,
} as const;

export function createIssuanceStore(db: D1Database): IssuanceStore {
  /** A second round trip, for refusals alone: finds the reason and records it. */
  async function recordRefusal(commit: IssuanceCommit): Promise<IssuanceOutcome> {
    const { certificate, audit, uniqueSubject } = commit;
    const { authorityId, publicKeyIdHex } = certificate;
    const nowSeconds = Math.floor(certificate.issuedAtMs / 1000);
    const [reasons] = await writeRecord(() =>
      db.batch<Row>([
        db
          .prepare(ISSUANCE_SQL.explainRefusal)
          .bind(
            publicKeyIdHex,
            authorityId,
            uniqueSubject,
            nowSeconds,
            commit.issuerCertificateSha256Hex,
          ),
        db
          .prepare(ISSUANCE_SQL.insertKeyBlockedEvent)
          .bind(...eventParameters(refusedEvent(audit, 'key-blocked')), publicKeyIdHex),
        db
          .prepare(ISSUANCE_SQL.insertSubjectHeldEvent)
          .bind(
            ...eventParameters(refusedEvent(audit, 'subject-held')),
            authorityId,
            uniqueSubject,
            nowSeconds,
          ),
      ]),
    );
    const reason = reasons?.results[0];
    if (reason?.key_blocked === 1) return 'key-blocked';
    if (reason?.subject_held === 1) return 'subject-held';
    if (reason?.authority_signs !== 1) return 'authority-changed';
    return 'serial-taken';
  }

  return {
    async commitIssuance(commit) {
      const check = checkOf(commit);
      const [inserted] = await writeGranted(db, check, issuanceBatch(db, commit, check));
      return wroteOne(inserted) ? 'committed' : recordRefusal(commit);
    },

    async isSubjectHeld(authorityId, subject, nowSeconds) {
      const row = await readRecord(() =>
        db.prepare(ISSUANCE_SQL.isSubjectHeld).bind(authorityId, subject, nowSeconds).first<Row>(),
      );
      return row?.subject_held === 1;
    },
  };
}

function checkOf({ grant, certificate }: IssuanceCommit): GrantCheck {
  return { grant, nowSeconds: Math.floor(certificate.issuedAtMs / 1000) };
}

/** Each statement after the first is conditional on the one before it having written its row. */
function issuanceBatch(
  db: D1Database,
  commit: IssuanceCommit,
  check: GrantCheck,
): D1PreparedStatement[] {
  const { certificate, uniqueSubject } = commit;
  const values = insertParameters(commit, check);
  const event = db.prepare(ISSUANCE_SQL.insertEvent).bind(...eventParameters(commit.audit));
  if (uniqueSubject === null) {
    return [db.prepare(ISSUANCE_SQL.insertCertificate).bind(...values), event];
  }
  return [
    db
      .prepare(ISSUANCE_SQL.insertCertificateForUniqueSubject)
      .bind(...values, uniqueSubject, Math.floor(certificate.issuedAtMs / 1000)),
    event,
    db
      .prepare(ISSUANCE_SQL.upsertHolder)
      .bind(
        certificate.authorityId,
        uniqueSubject,
        certificate.serialHex,
        certificate.notAfterSeconds,
      ),
  ];
}

/** The parameters of `INSERT_CERTIFICATE_HEAD`, in its order. */
export function insertParameters(
  {
    certificate,
    issuerCertificateSha256Hex,
    crlPartition,
  }: Pick<IssuanceCommit, 'certificate' | 'issuerCertificateSha256Hex' | 'crlPartition'>,
  check: GrantCheck,
): (string | number | null)[] {
  return [
    certificate.serialHex,
    certificate.authorityId,
    certificate.subject,
    certificate.publicKeyIdHex,
    certificate.certificateDer?.toBase64() ?? null,
    certificate.profile,
    certificate.origin,
    certificate.accountId,
    certificate.notBeforeSeconds,
    certificate.notAfterSeconds,
    certificate.issuedAtMs,
    issuerCertificateSha256Hex,
    crlPartition,
    ...grantParameters(check),
  ];
}

function refusedEvent(event: AuditEvent, reason: string): AuditEvent {
  return { ...event, outcome: 'refused', detail: { ...event.detail, reason } };
}
