import type { OcspResponderRecord } from '../revocation/ocsp-signer.ts';
import { readRecord } from './d1.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const COLUMNS = `ocsp_responders.authority_id, ocsp_responders.certificate, ocsp_responders.private_key,
  ocsp_responders.not_before_s, ocsp_responders.not_after_s, ocsp_responders.renew_from_s,
  ocsp_responders.created_at_ms`;

export const OCSP_RESPONDER_SQL = {
  find: `SELECT ${COLUMNS} FROM ocsp_responders WHERE authority_id = ?1`,
} as const;

export function createOcspResponderStore(db: D1Database) {
  return {
    async find(authorityId: string): Promise<OcspResponderRecord | null> {
      const row = await readRecord(() =>
        db.prepare(OCSP_RESPONDER_SQL.find).bind(authorityId).first<Row>(),
      );
      return row === null ? null : readResponder(row);
    },
  };
}

function readResponder(row: Row): OcspResponderRecord {
  return {
    authorityId: readText(row, 'authority_id'),
    certificateDer: Uint8Array.fromBase64(readText(row, 'certificate')),
    sealedKey: readText(row, 'private_key'),
    notBeforeSeconds: readInteger(row, 'not_before_s'),
    notAfterSeconds: readInteger(row, 'not_after_s'),
    renewFromSeconds: readIntegerOrNull(row, 'renew_from_s'),
    createdAtMs: readInteger(row, 'created_at_ms'),
  };
}
