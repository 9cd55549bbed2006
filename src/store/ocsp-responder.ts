import type { OcspResponderStore } from '../ocsp/ocsp-responder-store.ts';
import type { OcspResponderRecord } from '../ocsp/ocsp-signer.ts';
import { AUDIT_EVENT_SQL, eventValues, prepareEvent } from './audit-event.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { prepareIssuances } from './issuance.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';
import { sql } from './sql.ts';

const COLUMNS =
  `ocsp_responders.authority_id, ocsp_responders.certificate, ocsp_responders.private_key,
  ocsp_responders.not_before_s, ocsp_responders.not_after_s, ocsp_responders.renew_from_s,
  ocsp_responders.created_at_ms` as const;

/** The UPSERT of a responder if the condition holds. */
function upsertSql<const Condition extends string>(condition: Condition) {
  return `INSERT INTO ocsp_responders
  (authority_id, certificate, private_key, not_before_s, not_after_s, renew_from_s, created_at_ms)
SELECT :authorityId, :certificate, :sealedKey, :notBeforeSeconds, :notAfterSeconds,
  :renewFromSeconds, :createdAtMs
WHERE ${condition}
ON CONFLICT (authority_id) DO UPDATE SET certificate = excluded.certificate,
  private_key = excluded.private_key, not_before_s = excluded.not_before_s,
  not_after_s = excluded.not_after_s, renew_from_s = excluded.renew_from_s,
  created_at_ms = excluded.created_at_ms` as const;
}

const OF_ACTIVE = `FROM ocsp_responders
JOIN authorities ON authorities.id = ocsp_responders.authority_id
  AND authorities.current = 1 AND authorities.state = 'active'` as const;

export const OCSP_RESPONDER_SQL = {
  find: sql(`SELECT ${COLUMNS} FROM ocsp_responders WHERE authority_id = :authorityId`),
  list: sql(`SELECT ${COLUMNS} FROM ocsp_responders
WHERE authority_id IN (SELECT value FROM json_each(:authorityIds)) ORDER BY authority_id`),
  upsertAfterChange: sql(upsertSql('changes() = 1')),
  upsert: sql(upsertSql(GRANTED)),
  delete: sql(`DELETE FROM ocsp_responders
WHERE authority_id IN (SELECT value FROM json_each(:authorityIds)) AND ${GRANTED}`),
  postpone: sql(`UPDATE ocsp_responders SET renew_from_s = :untilSeconds
WHERE authority_id = :authorityId`),
  listDue: sql(`SELECT ocsp_responders.authority_id ${OF_ACTIVE}
WHERE ocsp_responders.renew_from_s <= :nowSeconds
ORDER BY ocsp_responders.renew_from_s LIMIT :limit`),
  /** A clock that was ahead has issued the responder, or has postponed its renewal beyond its end. */
  listFromFuture: sql(`SELECT ocsp_responders.authority_id ${OF_ACTIVE}
WHERE ocsp_responders.renew_from_s > :retrySeconds
  AND (ocsp_responders.not_before_s > :nowSeconds
    OR ocsp_responders.renew_from_s > ocsp_responders.not_after_s)
ORDER BY ocsp_responders.renew_from_s LIMIT :limit`),
} as const;

const SQL = OCSP_RESPONDER_SQL;

export function createOcspResponderStore(db: Database): OcspResponderStore {
  return {
    async find(authorityId) {
      const row = await readRecord(() => SQL.find.prepare(db, { authorityId }).first<Row>());
      return row === null ? null : readResponder(row);
    },

    async list(authorityIds, access) {
      const list = SQL.list.prepare(db, { authorityIds: JSON.stringify(authorityIds) });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readResponder);
    },

    async commitIssued(commit, responder) {
      const nowSeconds = Math.floor(commit.certificate.issuedAtMs / 1000);
      const check = { grant: commit.grant, nowSeconds };
      const { statements, readRecorded } = prepareIssuances(db, [commit]);
      const results = await writeGranted(db, check, [
        ...statements,
        SQL.upsertAfterChange.prepare(db, responderValues(responder)),
      ]);
      return readRecorded(results)[0] === true;
    },

    async commitUploaded(responder, access, audit) {
      const values = { ...responderValues(responder), ...grantValues(access) };
      await writeGranted(db, access, [SQL.upsert.prepare(db, values), prepareEvent(db, audit)]);
    },

    async remove(authorityIds, access, audit) {
      const values = { authorityIds: JSON.stringify(authorityIds), ...grantValues(access) };
      const [deleted] = await writeGranted(db, access, [
        SQL.delete.prepare(db, values),
        AUDIT_EVENT_SQL.afterChanges.prepare(db, eventValues(audit)),
      ]);
      return (deleted?.meta.changes ?? 0) > 0;
    },

    async postpone(authorityId, untilSeconds) {
      const postpone = SQL.postpone.prepare(db, { authorityId, untilSeconds });
      await writeRecord(() => postpone.run());
    },

    async listDue(times, limit) {
      const values = { ...times, limit };
      const lists = await readRecord(() =>
        db.batch<Row>([SQL.listDue.prepare(db, values), SQL.listFromFuture.prepare(db, values)]),
      );
      const rows = lists.flatMap(({ results }) => results).slice(0, limit);
      return rows.map((row) => readText(row, 'authority_id'));
    },
  };
}

function responderValues({ certificateDer, ...responder }: OcspResponderRecord) {
  return { ...responder, certificate: certificateDer.toBase64() };
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
