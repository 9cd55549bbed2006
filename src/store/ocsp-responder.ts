import type { OcspResponderStore } from '../ocsp/ocsp-responder-store.ts';
import type { OcspResponderRecord } from '../ocsp/ocsp-signer.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE, insertEventSql } from './audit-event.ts';
import { readRecord, wroteOne } from './d1.ts';
import { grantedSql, grantParameters, readGranted, writeGranted } from './grant.ts';
import { INSERT_CERTIFICATE_HEAD, insertParameters, ON_TAKEN_SERIAL } from './issuance.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

const COLUMNS = `ocsp_responders.authority_id, ocsp_responders.certificate, ocsp_responders.private_key,
  ocsp_responders.not_before_s, ocsp_responders.not_after_s, ocsp_responders.renew_from_s,
  ocsp_responders.created_at_ms`;

/** To be given a condition. */
function upsertSql(condition: string): string {
  return `INSERT INTO ocsp_responders
  (authority_id, certificate, private_key, not_before_s, not_after_s, renew_from_s, created_at_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ${condition}
ON CONFLICT (authority_id) DO UPDATE SET certificate = excluded.certificate,
  private_key = excluded.private_key, not_before_s = excluded.not_before_s,
  not_after_s = excluded.not_after_s, renew_from_s = excluded.renew_from_s,
  created_at_ms = excluded.created_at_ms`;
}
const RESPONDER_PARAMETERS = 7;

export const OCSP_RESPONDER_SQL = {
  find: `SELECT ${COLUMNS} FROM ocsp_responders WHERE authority_id = ?1`,
  list: `SELECT ${COLUMNS} FROM ocsp_responders
WHERE authority_id IN (SELECT value FROM json_each(?1)) ORDER BY authority_id`,
  insertCertificate: `${INSERT_CERTIFICATE_HEAD}
${ON_TAKEN_SERIAL}`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
  upsertAfterChange: upsertSql('changes() = 1'),
  upsert: upsertSql(grantedSql(RESPONDER_PARAMETERS + 1)),
  remove: `DELETE FROM ocsp_responders
WHERE authority_id IN (SELECT value FROM json_each(?1)) AND ${grantedSql(2)}`,
  insertEventAfterChanges: insertEventSql('changes() > 0'),
  listDue: `SELECT ocsp_responders.authority_id
FROM ocsp_responders JOIN authorities ON authorities.id = ocsp_responders.authority_id
WHERE ocsp_responders.renew_from_s <= ?1
  AND authorities.current = 1 AND authorities.state = 'active'
ORDER BY ocsp_responders.renew_from_s LIMIT ?2`,
} as const;

const SQL = OCSP_RESPONDER_SQL;

export function createOcspResponderStore(db: D1Database): OcspResponderStore {
  return {
    async find(authorityId) {
      const row = await readRecord(() => db.prepare(SQL.find).bind(authorityId).first<Row>());
      return row === null ? null : readResponder(row);
    },

    async list(authorityIds, access) {
      const list = db.prepare(SQL.list).bind(JSON.stringify(authorityIds));
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readResponder);
    },

    async commitIssued(commit, responder) {
      const nowSeconds = Math.floor(commit.certificate.issuedAtMs / 1000);
      const check = { grant: commit.grant, nowSeconds };
      const [inserted] = await writeGranted(db, check, [
        db.prepare(SQL.insertCertificate).bind(...insertParameters(commit, check)),
        db.prepare(SQL.insertEvent).bind(...eventParameters(commit.audit)),
        db.prepare(SQL.upsertAfterChange).bind(...responderParameters(responder)),
      ]);
      return wroteOne(inserted);
    },

    async commitUploaded(responder, access, audit) {
      const parameters = [...responderParameters(responder), ...grantParameters(access)];
      await writeGranted(db, access, [
        db.prepare(SQL.upsert).bind(...parameters),
        db.prepare(SQL.insertEvent).bind(...eventParameters(audit)),
      ]);
    },

    async remove(authorityIds, access, audit) {
      const [removed] = await writeGranted(db, access, [
        db.prepare(SQL.remove).bind(JSON.stringify(authorityIds), ...grantParameters(access)),
        db.prepare(SQL.insertEventAfterChanges).bind(...eventParameters(audit)),
      ]);
      return (removed?.meta.changes ?? 0) > 0;
    },

    async listDue(nowSeconds, limit) {
      const { results } = await readRecord(() =>
        db.prepare(SQL.listDue).bind(nowSeconds, limit).all<Row>(),
      );
      return results.map((row) => readText(row, 'authority_id'));
    },
  };
}

function responderParameters(responder: OcspResponderRecord): (string | number | null)[] {
  return [
    responder.authorityId,
    responder.certificateDer.toBase64(),
    responder.sealedKey,
    responder.notBeforeSeconds,
    responder.notAfterSeconds,
    responder.renewFromSeconds,
    responder.createdAtMs,
  ];
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
