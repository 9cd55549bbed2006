import type { GrantCheck } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type {
  IssuanceCommit,
  IssuanceGroupStore,
  IssuanceOutcome,
  IssuanceStore,
} from '../issuance/store.ts';
import { EVENT_PARAMETERS, eventParameters, insertEventSql } from './audit-event.ts';
import { writeRecord } from './d1.ts';
import { checkGrant, GRANT_PARAMETERS, grantedSql, grantParameters } from './grant.ts';
import { type Row, readText } from './row.ts';

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

/** The same statement for each item of ITEMS: ?1 is a JSON array of arrays of its parameters. */
function forEachItem(sql: string): string {
  return sql
    .replace(/\?(\d+)/g, (_, number: string) => `(item.value ->> ${Number(number) - 1})`)
    .replace('ITEMS', 'json_each(?1) AS item');
}

const SUBJECT = `?${INSERT_PARAMETERS + 1}`;
const SUBJECT_IS_FREE = `(${SUBJECT} IS NULL OR NOT ${subjectHeldSql('?2', SUBJECT, `?${INSERT_PARAMETERS + 2}`)})`;

/** What certificate is recorded under a serial is told by the end of its text: that is of its signature. */
const SIGNATURE_CHARACTERS = 64;

/** The parameters: authority, serial, end of the certificate. */
function isRecordedSql(first: number): string {
  return `EXISTS (
  SELECT 1 FROM certificates
  WHERE certificates.serial = ?${first + 1} AND certificates.authority_id = ?${first}
    AND substr(certificates.certificate, -${SIGNATURE_CHARACTERS}) = ?${first + 2})`;
}

export const ISSUANCE_SQL = {
  insertCertificates:
    forEachItem(`${INSERT_CERTIFICATE_HEAD.replace('FROM', 'FROM ITEMS CROSS JOIN')}
  AND ${SUBJECT_IS_FREE}
${ON_TAKEN_SERIAL}
RETURNING authority_id, serial`),
  insertEvents: forEachItem(
    insertEventSql(isRecordedSql(EVENT + 1)).replace('WHERE', 'FROM ITEMS WHERE'),
  ),
  upsertHolders:
    forEachItem(`INSERT INTO subject_holders (authority_id, serial, subject, not_after_s)
SELECT ?1, ?2, ?4, ?5 FROM ITEMS WHERE ${isRecordedSql(1)}
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s`),
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
} as const;

export function createIssuanceStore(db: D1Database): IssuanceStore & IssuanceGroupStore {
  async function commitIssuances(commits: readonly IssuanceCommit[]): Promise<readonly boolean[]> {
    const [inserted] = await writeRecord(() => db.batch<Row>(prepareGroup(db, commits)));
    const recorded = new Set(
      inserted?.results.map((row) => `${readText(row, 'authority_id')}/${readText(row, 'serial')}`),
    );
    return commits.map(({ certificate: { authorityId, serialHex } }) =>
      recorded.has(`${authorityId}/${serialHex}`),
    );
  }

  async function explainRefusal(
    commit: IssuanceCommit,
  ): Promise<Exclude<IssuanceOutcome, 'committed'>> {
    const { certificate, audit, uniqueSubject } = commit;
    const { authorityId, publicKeyIdHex } = certificate;
    const check = checkOf(commit);
    await checkGrant(db, check);
    const [reasons] = await writeRecord(() =>
      db.batch<Row>([
        db
          .prepare(ISSUANCE_SQL.explainRefusal)
          .bind(
            publicKeyIdHex,
            authorityId,
            uniqueSubject,
            check.nowSeconds,
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
            check.nowSeconds,
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
    commitIssuances,
    explainRefusal,
    async commitIssuance(commit) {
      const [recorded] = await commitIssuances([commit]);
      return recorded === true ? 'committed' : explainRefusal(commit);
    },
  };
}

function checkOf({ grant, certificate }: IssuanceCommit): GrantCheck {
  return { grant, nowSeconds: Math.floor(certificate.issuedAtMs / 1000) };
}

/** However many there are, two statements, or three where a subject is to be unique. */
function prepareGroup(db: D1Database, commits: readonly IssuanceCommit[]): D1PreparedStatement[] {
  const items = commits.map((commit) => {
    const check = checkOf(commit);
    const { authorityId, serialHex, notAfterSeconds } = commit.certificate;
    const insert = insertParameters(commit, check);
    const recorded = [authorityId, serialHex, insert[4]?.toString().slice(-SIGNATURE_CHARACTERS)];
    return {
      insert: [...insert, commit.uniqueSubject, check.nowSeconds],
      event: [...eventParameters(commit.audit), ...recorded],
      holder:
        commit.uniqueSubject === null ? [] : [[...recorded, commit.uniqueSubject, notAfterSeconds]],
    };
  });
  const bind = (sql: string, rows: readonly unknown[]) =>
    db.prepare(sql).bind(JSON.stringify(rows));
  const holders = items.flatMap(({ holder }) => holder);
  return [
    bind(
      ISSUANCE_SQL.insertCertificates,
      items.map(({ insert }) => insert),
    ),
    bind(
      ISSUANCE_SQL.insertEvents,
      items.map(({ event }) => event),
    ),
    ...(holders.length === 0 ? [] : [bind(ISSUANCE_SQL.upsertHolders, holders)]),
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
