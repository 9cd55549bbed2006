import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type {
  IdentifiedCertificate,
  IdentifiedCertificateStore,
} from '../issuance/identified-certificates.ts';
import { CERTIFICATE_COLUMNS, readCertificate } from './certificate.ts';
import { readGranted } from './grant.ts';
import { type Row, readInteger, readText } from './row.ts';

const COLUMNS = `certificate_identifiers.identifier, ${CERTIFICATE_COLUMNS}`;

const JOIN_REVOCATION = `LEFT JOIN revocations
  ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial`;

const JOIN_IDENTIFIER = `JOIN certificate_identifiers
  ON certificate_identifiers.authority_id = certificates.authority_id
  AND certificate_identifiers.serial = certificates.serial`;

/** In the words of the partial indexes, so that they are used. */
const LISTED = "certificates.origin = 'cas' AND certificates.profile <> 'external-sub-ca'";

/** Issued by then: a page that is read later has no place for what came since. */
const BY_THEN = 'certificates.issued_at_ms <= ?1';
const NEWEST_FIRST = 'ORDER BY certificates.issued_at_ms DESC';

export const IDENTIFIED_CERTIFICATE_SQL = {
  find: `SELECT ${COLUMNS}
FROM certificate_identifiers
JOIN certificates
  ON certificates.serial = certificate_identifiers.serial
  AND certificates.authority_id = certificate_identifiers.authority_id
${JOIN_REVOCATION}
WHERE certificate_identifiers.identifier = ?1
  AND (?2 = '${ROOT_ACCOUNT_ID}' OR certificates.account_id = ?2)`,
  listAll: `SELECT ${COLUMNS}
FROM certificates
${JOIN_IDENTIFIER}
${JOIN_REVOCATION}
WHERE ${LISTED} AND ${BY_THEN}
${NEWEST_FIRST} LIMIT ?2 OFFSET ?3`,
  listOwn: `SELECT ${COLUMNS}
FROM certificates
${JOIN_IDENTIFIER}
${JOIN_REVOCATION}
WHERE ${LISTED} AND ${BY_THEN} AND certificates.account_id = ?4
${NEWEST_FIRST} LIMIT ?2 OFFSET ?3`,
  /** Of the account ?1, or of all for ''. */
  count: 'SELECT total FROM cas_certificate_counts WHERE account_id = ?1',
  findInstance: `SELECT instance.id
FROM certificate_identifiers
JOIN external_ca_instances AS instance
  ON instance.issuer_id = certificate_identifiers.authority_id
  AND instance.serial = certificate_identifiers.serial AND instance.serial IS NOT NULL
WHERE certificate_identifiers.identifier = ?1
  AND (?2 = '${ROOT_ACCOUNT_ID}' OR instance.account_id = ?2)`,
} as const;

export function createIdentifiedCertificateStore(db: D1Database): IdentifiedCertificateStore {
  return {
    async findIdentified(identifier, access) {
      const find = db.prepare(IDENTIFIED_CERTIFICATE_SQL.find).bind(identifier, access.accountId);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readIdentified(row);
    },

    async listIdentified({ offset, limit }, access) {
      const { accountId, nowSeconds } = access;
      const byMs = (nowSeconds + 1) * 1000;
      const statements =
        accountId === ROOT_ACCOUNT_ID
          ? [
              db.prepare(IDENTIFIED_CERTIFICATE_SQL.listAll).bind(byMs, limit, offset),
              db.prepare(IDENTIFIED_CERTIFICATE_SQL.count).bind(''),
            ]
          : [
              db.prepare(IDENTIFIED_CERTIFICATE_SQL.listOwn).bind(byMs, limit, offset, accountId),
              db.prepare(IDENTIFIED_CERTIFICATE_SQL.count).bind(accountId),
            ];
      const [listed, counted] = await readGranted(db, access, statements);
      const count = counted?.results[0];
      return {
        certificates: (listed?.results ?? []).map(readIdentified),
        total: count === undefined ? 0 : readInteger(count, 'total'),
      };
    },

    async findInstanceOf(identifier, access) {
      const find = db
        .prepare(IDENTIFIED_CERTIFICATE_SQL.findInstance)
        .bind(identifier, access.accountId);
      const [found] = await readGranted(db, access, [find]);
      const row = found?.results[0];
      return row === undefined ? null : readText(row, 'id');
    },
  };
}

function readIdentified(row: Row): IdentifiedCertificate {
  return { identifier: readText(row, 'identifier'), certificate: readCertificate(row) };
}
