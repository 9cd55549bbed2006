import type { AcmeAuthorizationStore } from '../acme/orders/order-store.ts';
import { CALL_HOLDS, callValues, runCall } from './acme-call.ts';
import { failureValues } from './acme-order.ts';
import { readAuthorization } from './acme-order-row.ts';
import { AUTHORIZATION_COLUMNS, failsTooOftenSql } from './acme-order-sql.ts';
import { prepareEvent, prepareRefusal } from './audit-event.ts';
import { writeRecord, wroteOne } from './d1.ts';
import type { Database, Result } from './database.ts';
import type { Row } from './row.ts';
import { sql } from './sql.ts';

const OWN =
  'acme_authorizations.id = :id AND acme_authorizations.acme_account_id = :callAccountId' as const;

/** The same as listChallengeTypes. */
const IS_OFFERED = `(acme_authorizations.wildcard = 0 OR :type = 'dns-01')
  AND (acme_authorizations.identifier_type = 'dns' OR :type <> 'dns-01')` as const;

const FAILS_TOO_OFTEN = failsTooOftenSql('acme_authorizations.identifier');

export const ACME_AUTHORIZATION_SQL = {
  find: sql(`SELECT ${AUTHORIZATION_COLUMNS} FROM acme_authorizations
WHERE ${OWN} AND ${CALL_HOLDS}`),
  findToBegin: sql(`SELECT ${AUTHORIZATION_COLUMNS}, ${FAILS_TOO_OFTEN} AS limited
FROM acme_authorizations WHERE ${OWN} AND ${CALL_HOLDS}`),
  /** An authorization that has ended cannot be deactivated. */
  deactivate: sql(`UPDATE acme_authorizations SET status = 'deactivated', attempt_until_s = NULL
WHERE ${OWN} AND ${CALL_HOLDS} AND acme_authorizations.status IN ('pending', 'valid')`),
  begin: sql(`UPDATE acme_authorizations
SET challenge_type = :type, attempts = attempts + 1, attempt_until_s = :untilSeconds
WHERE ${OWN} AND ${CALL_HOLDS} AND acme_authorizations.status = 'pending'
  AND acme_authorizations.challenge_type IS NULL AND ${IS_OFFERED}
  AND acme_authorizations.expires_at_s > :callNowSeconds AND NOT ${FAILS_TOO_OFTEN}`),
  finish: sql(`UPDATE acme_authorizations SET status = :status, attempt_until_s = NULL,
  validated_at_s = :validatedAtSeconds, proof = :proof, failed_at_s = :failedAtSeconds, error = :error
WHERE acme_authorizations.id = :id AND acme_authorizations.status = 'pending'
  AND acme_authorizations.attempts = :attempts`),
  findAny: sql(`SELECT ${AUTHORIZATION_COLUMNS} FROM acme_authorizations
WHERE acme_authorizations.id = :id`),
} as const;

const SQL = ACME_AUTHORIZATION_SQL;

export function createAcmeAuthorizationStore(db: Database): AcmeAuthorizationStore {
  return {
    async find(call, id) {
      const [found] = await runCall(db, call, [SQL.find.prepare(db, { id, ...callValues(call) })]);
      return readFirst(found);
    },

    async deactivate(call, id, audit) {
      const values = { id, ...callValues(call) };
      const [, , found] = await runCall(db, call, [
        SQL.deactivate.prepare(db, values),
        prepareEvent(db, audit),
        SQL.find.prepare(db, values),
      ]);
      return readFirst(found);
    },

    async begin(call, id, type, untilSeconds) {
      const values = { id, type, untilSeconds, ...failureValues(call), ...callValues(call) };
      const [begun, found] = await runCall(db, call, [
        SQL.begin.prepare(db, values),
        SQL.findToBegin.prepare(db, values),
      ]);
      const authorization = readFirst(found);
      if (authorization === null) return null;
      const limited = found?.results[0]?.limited === 1;
      return { authorization, begun: wroteOne(begun), limited };
    },

    async finish({ id, attempts }, { problem, proof }, atSeconds, audit) {
      const values = {
        id,
        attempts,
        status: problem === null ? 'valid' : 'invalid',
        proof,
        validatedAtSeconds: problem === null ? atSeconds : null,
        failedAtSeconds: problem === null ? null : atSeconds,
        error:
          problem === null ? null : JSON.stringify({ code: problem.code, message: problem.detail }),
      };
      const [, , found] = await writeRecord(() =>
        db.batch<Row>([
          SQL.finish.prepare(db, values),
          problem === null ? prepareEvent(db, audit) : prepareRefusal(db, audit),
          SQL.findAny.prepare(db, values),
        ]),
      );
      return readFirst(found);
    },
  };
}

function readFirst(result: Result<Row> | undefined) {
  const row = result?.results[0];
  return row === undefined ? null : readAuthorization(row);
}
