import type { CertificateStore, Origin, RecordedCertificate } from '../issuance/store.ts';
import { readRecord } from './d1.ts';
import type { Database } from './database.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

/** The columns that `readCertificate` reads. */
export const CERTIFICATE_COLUMNS =
  `certificates.serial, certificates.authority_id, certificates.subject,
  certificates.public_key_id, certificates.certificate, certificates.profile, certificates.origin,
  certificates.account_id, certificates.not_before_s, certificates.not_after_s,
  certificates.issued_at_ms, revocations.revoked_at_s, revocations.reason,
  revocations.invalidity_date_s` as const;

export const CERTIFICATE_SQL = {
  find: sql(`SELECT ${CERTIFICATE_COLUMNS}
FROM certificates
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = :serialHex
  AND (:authorityId IS NULL OR certificates.authority_id = :authorityId)
  AND ${visibleSql('certificates.account_id')}
ORDER BY certificates.authority_id`),
  findNewest: sql(`SELECT certificate, origin FROM certificates ORDER BY rowid DESC LIMIT 1`),
} as const;

export function createCertificateStore(db: Database): CertificateStore {
  return {
    async findCertificates(serialHex, authorityId, access) {
      const values = { serialHex, authorityId, askingAccountId: access.accountId };
      const find = CERTIFICATE_SQL.find.prepare(db, values);
      const [found] = await readGranted(db, access, [find]);
      return (found?.results ?? []).map(readCertificate);
    },

    async findNewestIssued() {
      const row = await readRecord(() => CERTIFICATE_SQL.findNewest.prepare(db, {}).first<Row>());
      const certificate = row === null ? null : readTextOrNull(row, 'certificate');
      if (row === null || certificate === null || readOrigin(row) === 'import') return null;
      return Uint8Array.fromBase64(certificate);
    },
  };
}

export function readCertificate(row: Row): RecordedCertificate {
  const certificate = readTextOrNull(row, 'certificate');
  return {
    authorityId: readText(row, 'authority_id'),
    serialHex: readText(row, 'serial'),
    subject: readText(row, 'subject'),
    publicKeyIdHex: readTextOrNull(row, 'public_key_id'),
    certificateDer: certificate === null ? null : Uint8Array.fromBase64(certificate),
    profile: readText(row, 'profile'),
    origin: readOrigin(row),
    accountId: readText(row, 'account_id'),
    notBeforeSeconds: readInteger(row, 'not_before_s'),
    notAfterSeconds: readInteger(row, 'not_after_s'),
    issuedAtMs: readInteger(row, 'issued_at_ms'),
    revocation: readRevocation(row),
  };
}

const ORIGINS: readonly Origin[] = ['api', 'openssl-ca', 'cas', 'acme', 'import'];

function readOrigin(row: Row): Origin {
  const text = readText(row, 'origin');
  const origin = ORIGINS.find((each) => each === text);
  if (origin !== undefined) return origin;
  throw new TypeError(`column origin holds '${text}'`);
}

function readRevocation(row: Row): RecordedCertificate['revocation'] {
  const revokedAtSeconds = readIntegerOrNull(row, 'revoked_at_s');
  if (revokedAtSeconds === null) return null;
  return {
    revokedAtSeconds,
    reason: readInteger(row, 'reason'),
    invalidityDateSeconds: readIntegerOrNull(row, 'invalidity_date_s'),
  };
}
