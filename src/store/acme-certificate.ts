import type { AcmeCertificateStore, ExpiredOrderStore } from '../acme/certificate-store.ts';
import { splitWildcard } from '../acme/orders/identifiers.ts';
import { CALL_HOLDS, callValues, runCall } from './acme-call.ts';
import { CERTIFICATE_COLUMNS, readCertificate } from './certificate.ts';
import { readRecord, writeRecord } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger } from './row.ts';
import { sql } from './sql.ts';

/** The account of the call is authorized for all names. */
const IS_AUTHORIZED = `NOT EXISTS (
  SELECT 1 FROM json_each(:names) AS named
  WHERE NOT EXISTS (
    SELECT 1 FROM acme_authorizations AS held
    WHERE held.acme_account_id = :callAccountId
      AND held.identifier = named.value ->> 'value'
      AND held.wildcard = named.value ->> 'wildcard'
      AND held.status = 'valid' AND held.delete_after_s > :callNowSeconds
      AND held.identifier_type = named.value ->> 'type'
      AND (held.pre_authorized = 0 OR certificates.account_id = :ownerId)))` as const;

export const ACME_CERTIFICATE_SQL = {
  findToRevoke: sql(`SELECT ${CERTIFICATE_COLUMNS},
  EXISTS (
    SELECT 1 FROM acme_orders
    WHERE acme_orders.authority_id = certificates.authority_id
      AND acme_orders.serial = certificates.serial
      AND acme_orders.acme_account_id = :callAccountId) AS is_own,
  ${IS_AUTHORIZED} AS is_authorized
FROM certificates
JOIN authorities ON authorities.id = certificates.authority_id
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
WHERE certificates.serial = :serialHex AND authorities.lineage = :lineageId AND ${CALL_HOLDS}`),
  findValidity: sql(`SELECT certificates.not_before_s, certificates.not_after_s,
  EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = certificates.authority_id
      AND revocations.serial = certificates.serial) AS is_revoked
FROM certificates
WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId`),
  deleteOrders: sql(`DELETE FROM acme_orders WHERE id IN (
  SELECT old.id FROM acme_orders AS old
  WHERE old.delete_after_s <= :beforeSeconds ORDER BY old.delete_after_s LIMIT :limit)`),
  deleteAuthorizations: sql(`DELETE FROM acme_authorizations WHERE id IN (
  SELECT old.id FROM acme_authorizations AS old
  WHERE old.delete_after_s <= :beforeSeconds ORDER BY old.delete_after_s LIMIT :limit)`),
} as const;

const SQL = ACME_CERTIFICATE_SQL;

export function createAcmeCertificateStore(db: Database): AcmeCertificateStore & ExpiredOrderStore {
  async function remove(
    statement: typeof SQL.deleteOrders,
    beforeSeconds: number,
    limit: number,
  ): Promise<number> {
    const prepared = statement.prepare(db, { beforeSeconds, limit });
    return (await writeRecord(() => prepared.run())).meta.changes;
  }

  return {
    async findToRevoke(call, serialHex, names) {
      const split = names.map((name) => {
        const { identifier, wildcard } = splitWildcard(name);
        return { ...identifier, wildcard: wildcard ? 1 : 0 };
      });
      const values = {
        serialHex,
        names: JSON.stringify(split),
        lineageId: call.lineageId,
        ownerId: call.account?.accountId ?? null,
        ...callValues(call),
      };
      const [found] = await runCall(db, call, [SQL.findToRevoke.prepare(db, values)]);
      return (found?.results ?? []).map((row) => ({
        certificate: readCertificate(row),
        isOwn: row.is_own === 1,
        isAuthorized: row.is_authorized === 1,
      }));
    },

    async findValidity(authorityId, serialHex) {
      const find = SQL.findValidity.prepare(db, { authorityId, serialHex });
      const row = await readRecord(() => find.first<Row>());
      if (row === null) return null;
      return {
        notBeforeSeconds: readInteger(row, 'not_before_s'),
        notAfterSeconds: readInteger(row, 'not_after_s'),
        isRevoked: row.is_revoked === 1,
      };
    },

    deleteOrders: (beforeSeconds, limit) => remove(SQL.deleteOrders, beforeSeconds, limit),
    deleteAuthorizations: (beforeSeconds, limit) =>
      remove(SQL.deleteAuthorizations, beforeSeconds, limit),
  };
}
