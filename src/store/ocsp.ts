import type { OcspStatusStore } from '../ocsp/ocsp.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import { readRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';
import { sql } from './sql.ts';

export const OCSP_SQL = {
  findStatuses: sql(`SELECT certificates.serial, revocations.revoked_at_s, revocations.reason
FROM json_each(:serials) AS asked
JOIN certificates
  ON certificates.serial = asked.value AND certificates.authority_id = :authorityId
LEFT JOIN revocations
  ON revocations.authority_id = :authorityId AND revocations.serial = certificates.serial`),
  findBodies: sql(`SELECT certificates.serial, certificates.certificate
FROM json_each(:serials) AS asked
JOIN certificates
  ON certificates.serial = asked.value AND certificates.authority_id = :authorityId
WHERE certificates.certificate IS NOT NULL`),
  findStatus: sql(`SELECT certificates.serial, revocations.revoked_at_s, revocations.reason
FROM certificates
LEFT JOIN revocations
  ON revocations.authority_id = :authorityId AND revocations.serial = certificates.serial
WHERE certificates.serial = :serial AND certificates.authority_id = :authorityId`),
} as const;

const GOOD: CertStatus = { kind: 'good' };

export function createOcspStatusStore(db: Database): OcspStatusStore {
  return {
    async findStatuses(authorityId, serialsHex) {
      const [serial] = serialsHex;
      // Nearly every request asks for one certificate, and its query is cheaper without json_each.
      const query =
        serialsHex.length === 1 && serial !== undefined
          ? OCSP_SQL.findStatus.prepare(db, { authorityId, serial })
          : OCSP_SQL.findStatuses.prepare(db, { authorityId, serials: JSON.stringify(serialsHex) });
      const { results } = await readRecord(() => query.all<Row>());
      return new Map(results.map((row) => [readText(row, 'serial'), readStatus(row)]));
    },

    async findIssuerNames(authorityId, serialsHex) {
      const serials = JSON.stringify(serialsHex);
      const query = OCSP_SQL.findBodies.prepare(db, { authorityId, serials });
      const { results } = await readRecord(() => query.all<Row>());
      return new Map(results.map((row) => [readText(row, 'serial'), readIssuerName(row)]));
    },
  };
}

function readIssuerName(row: Row): Uint8Array {
  return parseCertificate(Uint8Array.fromBase64(readText(row, 'certificate'))).issuerDer;
}

function readStatus(row: Row): CertStatus {
  const revokedAtSeconds = readIntegerOrNull(row, 'revoked_at_s');
  return revokedAtSeconds === null
    ? GOOD
    : { kind: 'revoked', revokedAtSeconds, reason: readInteger(row, 'reason') };
}
