import { CERTIFICATE_COLUMNS } from './certificate.ts';
import { sql } from './sql.ts';
import { visibleSql } from './tenancy.ts';

/** A certificate that is revoked and has expired counts as revoked. */
const STATE = `CASE
    WHEN revocations.reason = 6 THEN 'on-hold'
    WHEN revocations.reason IS NOT NULL THEN 'revoked'
    WHEN certificates.not_after_s < :nowSeconds THEN 'expired'
    ELSE 'valid' END` as const;

const CONDITIONS = `${visibleSql('certificates.account_id')}
  AND (:accountId IS NULL OR certificates.account_id = :accountId)
  AND (:authorityIds IS NULL
    OR certificates.authority_id IN (SELECT value FROM json_each(:authorityIds)))
  AND (:origin IS NULL OR certificates.origin = :origin)
  AND (:publicKeyIdHex IS NULL OR certificates.public_key_id = :publicKeyIdHex)
  AND (:serialPrefix IS NULL
    OR substr(certificates.serial, 1, length(:serialPrefix)) = :serialPrefix)
  AND (:state IS NULL OR ${STATE} = :state)
  AND (:issuedFromMs IS NULL OR certificates.issued_at_ms >= :issuedFromMs)
  AND (:issuedUntilMs IS NULL OR certificates.issued_at_ms < :issuedUntilMs)
  AND (:expiresFromSeconds IS NULL OR certificates.not_after_s >= :expiresFromSeconds)
  AND (:expiresUntilSeconds IS NULL OR certificates.not_after_s < :expiresUntilSeconds)
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:terms) AS wanted
    WHERE NOT EXISTS (
      SELECT 1 FROM certificate_terms AS own
      WHERE own.term = wanted.value AND own.issued_at_ms = certificates.issued_at_ms
        AND own.serial = certificates.serial AND own.authority_id = certificates.authority_id))` as const;

const FROM_CANDIDATES = `FROM candidates
CROSS JOIN certificates ON certificates.serial = candidates.serial
  AND certificates.authority_id = candidates.authority_id
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial` as const;

/** How many certificates a search goes through for one page. */
export const MAX_SCANNED = 2000;
/** How many certificates are sorted, if the range is not in the order of the search. */
export const MAX_SORTED = 5000;
/** Up to which number certificates are counted. */
export const MAX_COUNTED = 10_000;

/** Statements over a range of an index that is in the order of the search. */
function orderedSql<
  const Range extends string,
  const At extends string,
  const Comparison extends string,
  const Direction extends string,
>(range: Range, at: At, comparison: Comparison, direction: Direction) {
  const candidates = `SELECT ${at} AS at, serial, authority_id FROM ${range}
    AND ${at} >= :atFrom AND ${at} < :atUntil
    AND (${at}, serial, authority_id) ${comparison} (:afterAt, :afterSerial, :afterAuthorityId)
  ORDER BY ${at} ${direction}, serial ${direction}, authority_id ${direction}` as const;
  return {
    page: sql(`WITH candidates AS (${candidates} LIMIT ${MAX_SCANNED})
SELECT candidates.at, ${CERTIFICATE_COLUMNS} ${FROM_CANDIDATES}
WHERE ${CONDITIONS} LIMIT :limit`),
    /** The certificate that the search stopped at; none if it reached the end of the range. */
    last: sql(`${candidates} LIMIT 1 OFFSET ${MAX_SCANNED - 1}`),
    count: sql(`SELECT COUNT(*) AS total FROM (SELECT 1 FROM ${range}
    AND ${at} >= :atFrom AND ${at} < :atUntil LIMIT ${MAX_COUNTED + 1})`),
  };
}

function bothWays<const Range extends string, const At extends string>(range: Range, at: At) {
  return {
    descending: orderedSql(range, at, '<', 'DESC'),
    ascending: orderedSql(range, at, '>', 'ASC'),
  };
}

/** Statements over a range in another order, which has to be sorted as a whole. */
function sortedSql<
  const Range extends string,
  const At extends string,
  const Comparison extends string,
  const Direction extends string,
>(range: Range, at: At, comparison: Comparison, direction: Direction) {
  const page =
    sql(`WITH candidates AS (SELECT serial, authority_id FROM ${range} LIMIT ${MAX_SORTED + 1})
SELECT certificates.${at} AS at, (SELECT COUNT(*) FROM candidates) AS candidates,
  ${CERTIFICATE_COLUMNS} ${FROM_CANDIDATES}
WHERE (certificates.${at}, certificates.serial, certificates.authority_id)
    ${comparison} (:afterAt, :afterSerial, :afterAuthorityId)
  AND ${CONDITIONS}
ORDER BY certificates.${at} ${direction}, certificates.serial ${direction},
  certificates.authority_id ${direction}
LIMIT :limit`);
  const count = sql(
    `SELECT COUNT(*) AS total FROM (SELECT 1 FROM ${range} LIMIT ${MAX_COUNTED + 1})`,
  );
  return { page, count };
}

function inBothOrders<const Range extends string>(range: Range) {
  return {
    issue: {
      descending: sortedSql(range, 'issued_at_ms', '<', 'DESC'),
      ascending: sortedSql(range, 'issued_at_ms', '>', 'ASC'),
    },
    expiry: {
      descending: sortedSql(range, 'not_after_s', '<', 'DESC'),
      ascending: sortedSql(range, 'not_after_s', '>', 'ASC'),
    },
  };
}

const TERM = 'certificate_terms WHERE term = :term';
const TERM_OF_ACCOUNT = `certificate_terms INDEXED BY certificate_terms_of_account
    WHERE account_id = :scopeAccountId AND account_id <> 'root' AND term = :term`;
const ALL = 'certificates INDEXED BY';
/** These indexes have the certificates of all accounts. What is counted is that of the scope alone. */
const OF_SCOPE = '(:scopeAccountId IS NULL OR account_id = :scopeAccountId)';

export const ORDERED_SEARCH_SQL = {
  all: {
    issue: bothWays(`${ALL} certificates_by_issue WHERE true`, 'issued_at_ms'),
    expiry: bothWays(`${ALL} certificates_by_expiry WHERE true`, 'not_after_s'),
  },
  allOfAccount: {
    issue: bothWays(
      `${ALL} certificates_of_account_by_issue WHERE account_id = :scopeAccountId AND account_id <> 'root'`,
      'issued_at_ms',
    ),
    expiry: bothWays(
      `${ALL} certificates_of_account_by_expiry WHERE account_id = :scopeAccountId AND account_id <> 'root'`,
      'not_after_s',
    ),
  },
  term: { issue: bothWays(TERM, 'issued_at_ms') },
  termOfAccount: { issue: bothWays(TERM_OF_ACCOUNT, 'issued_at_ms') },
} as const;

export const SORTED_SEARCH_SQL = {
  serial: inBothOrders(
    `certificates WHERE serial >= :serialPrefix AND serial < :serialUntil AND ${OF_SCOPE}`,
  ),
  key: inBothOrders(`certificates WHERE public_key_id = :publicKeyIdHex AND ${OF_SCOPE}`),
  term: inBothOrders(TERM),
  termOfAccount: inBothOrders(TERM_OF_ACCOUNT),
} as const;
