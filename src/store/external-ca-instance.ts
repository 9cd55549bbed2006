import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type {
  ExternalCaInstance,
  ExternalCaInstanceStore,
  InstanceState,
} from '../authorities/external-ca-instance.ts';
import { prepareEvent } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { GRANTED, grantValues, readGranted, writeGranted } from './grant.ts';
import { CALLER_UNBOUNDED } from './policy-reference.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const SELECT = `SELECT instance.id, instance.account_id, instance.authority_id,
  CASE WHEN instance.state = 'USED' AND EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = instance.issuer_id AND revocations.serial = instance.serial)
    THEN 'REVOKE' ELSE instance.state END AS state,
  instance.max_validity_days, instance.max_path_length, instance.issuer_id, instance.serial,
  (SELECT identifier FROM certificate_identifiers
    WHERE certificate_identifiers.authority_id = instance.issuer_id
      AND certificate_identifiers.serial = instance.serial) AS identifier,
  instance.created_at_ms, instance.used_at_ms, instance.seal
FROM external_ca_instances AS instance` as const;

export const EXTERNAL_CA_INSTANCE_SQL = {
  insert: sql(`INSERT INTO external_ca_instances
  (id, account_id, authority_id, state, max_validity_days, max_path_length, created_at_ms, seal)
SELECT :id, accounts.id, :authorityId, 'BUY', :maxValidityDays, :maxPathLength, :createdAtMs, :seal
FROM accounts WHERE accounts.id = :accountId AND ${GRANTED} AND ${CALLER_UNBOUNDED}
ON CONFLICT (id) DO NOTHING`),
  explainInsert: sql(
    `SELECT ${CALLER_UNBOUNDED} AS unbounded FROM accounts WHERE accounts.id = :accountId`,
  ),
  find: sql(`${SELECT}
WHERE instance.id = :id AND ${visibleSql('instance.account_id')}`),
  listAll: sql(`${SELECT}
WHERE instance.id > :afterId ORDER BY instance.id LIMIT :limit`),
  listOwn: sql(`${SELECT}
WHERE instance.account_id = :accountId AND instance.id > :afterId
ORDER BY instance.id LIMIT :limit`),
  refund: sql(`UPDATE external_ca_instances SET state = 'REFUND', seal = NULL
WHERE id = :id AND ${visibleSql('account_id')} AND state = 'BUY' AND ${GRANTED}`),
} as const;

const SQL = EXTERNAL_CA_INSTANCE_SQL;

export function createExternalCaInstanceStore(db: Database): ExternalCaInstanceStore {
  return {
    async createInstance(terms, access, audit) {
      const { accountId } = terms;
      const values = { accountId, ...grantValues(access) };
      const [inserted, , explained] = await writeGranted(db, access, [
        SQL.insert.prepare(db, { ...terms, ...values }),
        prepareEvent(db, audit),
        SQL.explainInsert.prepare(db, values),
      ]);
      if (wroteOne(inserted)) return 'created';
      const row = explained?.results[0];
      if (row === undefined) return 'no-account';
      return row.unbounded === 1 ? 'id-taken' : 'caller-bounded';
    },

    async findInstance(id, access) {
      const find = SQL.find.prepare(db, { id, askingAccountId: access.accountId });
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readInstance(row);
    },

    async listInstances({ afterId, limit }, access) {
      const { accountId } = access;
      const page = { afterId: afterId ?? '', limit };
      const list =
        accountId === ROOT_ACCOUNT_ID
          ? SQL.listAll.prepare(db, page)
          : SQL.listOwn.prepare(db, { accountId, ...page });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readInstance);
    },

    async refundInstance(id, access, audit) {
      const values = { id, askingAccountId: access.accountId, ...grantValues(access) };
      const [refunded, , left] = await writeGranted(db, access, [
        SQL.refund.prepare(db, values),
        prepareEvent(db, audit),
        SQL.find.prepare(db, values),
      ]);
      if (wroteOne(refunded)) return 'refunded';
      return left?.results.length === 1 ? 'not-free' : 'not-found';
    },
  };
}

function readInstance(row: Row): ExternalCaInstance {
  const serialHex = readTextOrNull(row, 'serial');
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    authorityId: readText(row, 'authority_id'),
    state: readState(readText(row, 'state')),
    maxValidityDays: readInteger(row, 'max_validity_days'),
    maxPathLength: readInteger(row, 'max_path_length'),
    certificate:
      serialHex === null
        ? null
        : {
            authorityId: readText(row, 'issuer_id'),
            serialHex,
            identifier: readText(row, 'identifier'),
          },
    createdAtMs: readInteger(row, 'created_at_ms'),
    usedAtMs: readIntegerOrNull(row, 'used_at_ms'),
    seal: readTextOrNull(row, 'seal'),
  };
}

const STATES: readonly InstanceState[] = ['BUY', 'USED', 'REFUND', 'REVOKE'];

function readState(text: string): InstanceState {
  const state = STATES.find((each) => each === text);
  if (state === undefined) throw new TypeError(`column state holds '${text}'`);
  return state;
}
