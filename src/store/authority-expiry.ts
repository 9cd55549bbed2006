import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import type {
  AuthorityAnnouncementStore,
  AuthorityExpiry,
} from '../webhooks/announce-expiring-authorities.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { eventValues, insertEventsSql } from './audit-event.ts';
import { revokedLinksSql } from './authority-chain.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readText } from './row.ts';
import { ROWS, sql, sqlForRows } from './sql.ts';

const HOLD = REVOCATION_REASONS.certificateHold;

/** The condition that the certificate of `own` is in use. One on hold can be released. */
const IN_USE = `own.current = 1 AND own.certificate IS NOT NULL AND own.state <> 'revoked'
  AND NOT EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = own.parent_id AND revocations.serial = own.serial
      AND revocations.reason <> ${HOLD})
  AND NOT EXISTS (SELECT 1 ${revokedLinksSql('own.links')} AND link.key = 0
    AND revocations.reason IS NOT ${HOLD})` as const;

export const AUTHORITY_EXPIRY_SQL = {
  read: sql(`SELECT own.id, own.account_id, own.certificate, own.certificate_sha256
FROM json_each(:ids) AS wanted CROSS JOIN authorities AS own ON own.id = wanted.value
WHERE ${IN_USE}`),
  announce: sqlForRows(
    `${insertEventsSql(
      `FROM ${ROWS} CROSS JOIN authorities AS own
WHERE own.id = :eventTarget AND own.certificate_sha256 = :certificateSha256Hex AND ${IN_USE}
  AND NOT EXISTS (
    SELECT 1 FROM audit_events AS told
    WHERE told.target = :eventTarget
      AND told.action IN ('authority.expire-soon', 'authority.expire')
      AND told.detail ->> 'notAfterSeconds' = :notAfterSeconds
      AND told.detail ->> 'days' <= :days
      AND told.at_ms <= :eventAtMs)`,
      ':eventAuthorityId',
      ':eventTarget',
    )} RETURNING position`,
  ),
} as const;

const SQL = AUTHORITY_EXPIRY_SQL;

export function createAuthorityAnnouncementStore(db: Database): AuthorityAnnouncementStore {
  return {
    async readExpiries(generationIds) {
      const read = SQL.read.prepare(db, { ids: JSON.stringify(generationIds) });
      const { results } = await readRecord(() => read.all<Row>());
      return results.flatMap((row) => readExpiry(row) ?? []);
    },

    async announceOnce(announcements) {
      const rows = announcements.map(({ certificateSha256Hex, event }) => ({
        ...eventValues(event),
        ...event.detail,
        certificateSha256Hex,
      }));
      const announce = SQL.announce.prepare(db, rows);
      return (await writeRecord(() => announce.all<Row>())).results.length;
    },
  };
}

/** One broken authority must not keep the others from being announced. */
function readExpiry(row: Row): AuthorityExpiry | null {
  try {
    const { notBeforeSeconds, notAfterSeconds } = parseCertificate(
      Uint8Array.fromBase64(readText(row, 'certificate')),
    );
    return {
      generationId: readText(row, 'id'),
      accountId: readText(row, 'account_id'),
      certificateSha256Hex: readText(row, 'certificate_sha256'),
      notBeforeSeconds,
      notAfterSeconds,
    };
  } catch {
    return null;
  }
}
