import type { OcspStatusStore } from '../ocsp/ocsp.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import { readRecord } from './d1.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

export const OCSP_SQL = {
  findStatuses: `SELECT certificates.serial, revocations.revoked_at_s, revocations.reason
FROM json_each(?2) AS asked
JOIN certificates ON certificates.serial = asked.value AND certificates.authority_id = ?1
LEFT JOIN revocations
  ON revocations.authority_id = ?1 AND revocations.serial = certificates.serial`,
  findStatus: `SELECT certificates.serial, revocations.revoked_at_s, revocations.reason
FROM certificates
LEFT JOIN revocations
  ON revocations.authority_id = ?1 AND revocations.serial = certificates.serial
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1`,
} as const;

const GOOD: CertStatus = { kind: 'good' };

export function createOcspStatusStore(db: D1Database): OcspStatusStore {
  return {
    async findStatuses(authorityId, serialsHex) {
      const [only = ''] = serialsHex;
      // Clients ask for one nearly always, and that is cheaper without the list.
      const query =
        serialsHex.length === 1
          ? db.prepare(OCSP_SQL.findStatus).bind(authorityId, only)
          : db.prepare(OCSP_SQL.findStatuses).bind(authorityId, JSON.stringify(serialsHex));
      const { results } = await readRecord(() => query.all<Row>());
      return new Map(results.map((row) => [readText(row, 'serial'), readStatus(row)]));
    },
  };
}

function readStatus(row: Row): CertStatus {
  const revokedAtSeconds = readIntegerOrNull(row, 'revoked_at_s');
  return revokedAtSeconds === null
    ? GOOD
    : { kind: 'revoked', revokedAtSeconds, reason: readInteger(row, 'reason') };
}
