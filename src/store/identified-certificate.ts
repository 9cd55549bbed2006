import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type {
  IdentifiedCertificate,
  IdentifiedCertificateStore,
} from '../issuance/identified-certificates.ts';
import { CERTIFICATE_COLUMNS, readCertificate } from './certificate.ts';
import type { Database } from './database.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

const COLUMNS =
  `certificate_identifiers.identifier, custom_identifiers.custom_identifier, ${CERTIFICATE_COLUMNS}` as const;

const JOIN_MORE = `LEFT JOIN revocations
  ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
LEFT JOIN custom_identifiers
  ON custom_identifiers.authority_id = certificates.authority_id
  AND custom_identifiers.serial = certificates.serial` as const;

const JOIN_IDENTIFIER = `JOIN certificate_identifiers
  ON certificate_identifiers.authority_id = certificates.authority_id
  AND certificate_identifiers.serial = certificates.serial` as const;

/**
 * The listed certificates, worded as in the partial indexes so that SQLite uses them. Certificates
 * issued after `:throughMs` are left out: they would shift the later pages.
 */
const LISTED = `certificates.origin = 'cas' AND certificates.profile <> 'external-sub-ca'
  AND certificates.issued_at_ms <= :throughMs` as const;

const PAGE = `ORDER BY certificates.issued_at_ms DESC LIMIT :limit OFFSET :offset` as const;

export const IDENTIFIED_CERTIFICATE_SQL = {
  find: sql(`SELECT ${COLUMNS}
FROM certificate_identifiers
JOIN certificates
  ON certificates.serial = certificate_identifiers.serial
  AND certificates.authority_id = certificate_identifiers.authority_id
${JOIN_MORE}
WHERE certificate_identifiers.identifier = :identifier
  AND ${visibleSql('certificates.account_id')}`),
  listAll: sql(`SELECT ${COLUMNS}
FROM certificates
${JOIN_IDENTIFIER}
${JOIN_MORE}
WHERE ${LISTED}
${PAGE}`),
  listOwn: sql(`SELECT ${COLUMNS}
FROM certificates
${JOIN_IDENTIFIER}
${JOIN_MORE}
WHERE ${LISTED} AND certificates.account_id = :accountId
${PAGE}`),
  /** The account '' has the total of all accounts. */
  count: sql('SELECT total FROM cas_certificate_counts WHERE account_id = :accountId'),
  countByIssuer: sql(`SELECT COALESCE(SUM(total), 0) AS total FROM cas_issuer_counts
WHERE authority_id IN (SELECT value FROM json_each(:authorityIds))`),
  findInstance: sql(`SELECT instance.id
FROM certificate_identifiers
JOIN external_ca_instances AS instance
  ON instance.issuer_id = certificate_identifiers.authority_id
  AND instance.serial = certificate_identifiers.serial AND instance.serial IS NOT NULL
WHERE certificate_identifiers.identifier = :identifier
  AND ${visibleSql('instance.account_id')}`),
} as const;

const SQL = IDENTIFIED_CERTIFICATE_SQL;

export function createIdentifiedCertificateStore(db: Database): IdentifiedCertificateStore {
  return {
    async findIdentified(identifier, access) {
      const values = { identifier, askingAccountId: access.accountId };
      const find = SQL.find.prepare(db, values);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readIdentified(row);
    },

    async listIdentified({ offset, limit }, access) {
      const { accountId, nowSeconds } = access;
      const page = { throughMs: (nowSeconds + 1) * 1000, limit, offset };
      const statements =
        accountId === ROOT_ACCOUNT_ID
          ? [SQL.listAll.prepare(db, page), SQL.count.prepare(db, { accountId: '' })]
          : [SQL.listOwn.prepare(db, { accountId, ...page }), SQL.count.prepare(db, { accountId })];
      const [listed, counted] = await readGranted(db, access, statements);
      const count = counted?.results[0];
      return {
        certificates: (listed?.results ?? []).map(readIdentified),
        total: count === undefined ? 0 : readInteger(count, 'total'),
      };
    },

    async countIdentified(authorityIds, access) {
      const values = { authorityIds: JSON.stringify(authorityIds) };
      const [counted] = await readGranted(db, access, [SQL.countByIssuer.prepare(db, values)]);
      const count = counted?.results[0];
      return count === undefined ? 0 : readInteger(count, 'total');
    },

    async findInstanceOf(identifier, access) {
      const values = { identifier, askingAccountId: access.accountId };
      const find = SQL.findInstance.prepare(db, values);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readText(row, 'id');
    },
  };
}

function readIdentified(row: Row): IdentifiedCertificate {
  return {
    identifier: readText(row, 'identifier'),
    customIdentifier: readTextOrNull(row, 'custom_identifier'),
    certificate: readCertificate(row),
  };
}
