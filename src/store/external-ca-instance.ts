import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type {
  ExternalCaInstance,
  ExternalCaInstanceStore,
  InstanceState,
} from '../authorities/external-ca-instance.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { wroteOne } from './d1.ts';
import { grantedSql, grantParameters, readGranted, writeGranted } from './grant.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';

const SELECT = `SELECT instance.id, instance.account_id, instance.authority_id,
  CASE WHEN instance.state = 'USED' AND EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = instance.issuer_id AND revocations.serial = instance.serial)
    THEN 'REVOKE' ELSE instance.state END AS state,
  instance.max_validity_days, instance.max_path_length, instance.issuer_id, instance.serial,
  (SELECT identifier FROM certificate_identifiers
    WHERE certificate_identifiers.authority_id = instance.issuer_id
      AND certificate_identifiers.serial = instance.serial) AS identifier,
  instance.created_at_ms, instance.used_at_ms
FROM external_ca_instances AS instance`;

const TERMS_PARAMETERS = 6;

export const EXTERNAL_CA_INSTANCE_SQL = {
  insert: `INSERT INTO external_ca_instances
  (id, account_id, authority_id, state, max_validity_days, max_path_length, created_at_ms)
SELECT ?1, accounts.id, ?3, 'BUY', ?4, ?5, ?6
FROM accounts WHERE accounts.id = ?2 AND ${grantedSql(TERMS_PARAMETERS + 1)}
ON CONFLICT (id) DO NOTHING`,
  accountExists: 'SELECT 1 AS found FROM accounts WHERE id = ?1',
  find: `${SELECT}
WHERE instance.id = ?1 AND (?2 = '${ROOT_ACCOUNT_ID}' OR instance.account_id = ?2)`,
  listAll: `${SELECT}
WHERE instance.id > ?1 ORDER BY instance.id LIMIT ?2`,
  listOwn: `${SELECT}
WHERE instance.account_id = ?3 AND instance.id > ?1 ORDER BY instance.id LIMIT ?2`,
  refund: `UPDATE external_ca_instances SET state = 'REFUND'
WHERE id = ?1 AND (?2 = '${ROOT_ACCOUNT_ID}' OR account_id = ?2) AND state = 'BUY'
  AND ${grantedSql(3)}`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
} as const;

export function createExternalCaInstanceStore(db: D1Database): ExternalCaInstanceStore {
  return {
    async createInstance(terms, access, audit) {
      const { id, accountId, authorityId, maxValidityDays, maxPathLength, createdAtMs } = terms;
      const values = [id, accountId, authorityId, maxValidityDays, maxPathLength, createdAtMs];
      const [inserted, , account] = await writeGranted(db, access, [
        db.prepare(EXTERNAL_CA_INSTANCE_SQL.insert).bind(...values, ...grantParameters(access)),
        db.prepare(EXTERNAL_CA_INSTANCE_SQL.insertEvent).bind(...eventParameters(audit)),
        db.prepare(EXTERNAL_CA_INSTANCE_SQL.accountExists).bind(accountId),
      ]);
      if (wroteOne(inserted)) return 'created';
      return account?.results.length === 1 ? 'id-taken' : 'no-account';
    },

    async findInstance(id, access) {
      const find = db.prepare(EXTERNAL_CA_INSTANCE_SQL.find).bind(id, access.accountId);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readInstance(row);
    },

    async listInstances({ afterId, limit }, access) {
      const after = afterId ?? '';
      const list =
        access.accountId === ROOT_ACCOUNT_ID
          ? db.prepare(EXTERNAL_CA_INSTANCE_SQL.listAll).bind(after, limit)
          : db.prepare(EXTERNAL_CA_INSTANCE_SQL.listOwn).bind(after, limit, access.accountId);
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readInstance);
    },

    async refundInstance(id, access, audit) {
      const { accountId } = access;
      const [refunded, , left] = await writeGranted(db, access, [
        db.prepare(EXTERNAL_CA_INSTANCE_SQL.refund).bind(id, accountId, ...grantParameters(access)),
        db.prepare(EXTERNAL_CA_INSTANCE_SQL.insertEvent).bind(...eventParameters(audit)),
        db.prepare(EXTERNAL_CA_INSTANCE_SQL.find).bind(id, accountId),
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
  };
}

const STATES: readonly InstanceState[] = ['BUY', 'USED', 'REFUND', 'REVOKE'];

function readState(text: string): InstanceState {
  const state = STATES.find((each) => each === text);
  if (state === undefined) throw new TypeError(`an instance cannot be ${text}`);
  return state;
}
