import { CALL_HOLDS } from './acme-call.ts';
import { BOUNDS_HOLD } from './policy-bounds.ts';
import { ROWS, sql, sqlForRows } from './sql.ts';

export const ORDER_COLUMNS = `acme_orders.id, acme_orders.acme_account_id, acme_orders.status,
  acme_orders.identifiers, acme_orders.profile, acme_orders.names_profile,
  acme_orders.not_before_s, acme_orders.not_after_s, acme_orders.replaces, acme_orders.csr,
  acme_orders.error, acme_orders.created_at_s, acme_orders.expires_at_s` as const;

export const AUTHORIZATION_COLUMNS = `acme_authorizations.id, acme_authorizations.order_id,
  acme_authorizations.acme_account_id, acme_authorizations.identifier_type,
  acme_authorizations.identifier, acme_authorizations.wildcard, acme_authorizations.status,
  acme_authorizations.pre_authorized, acme_authorizations.token,
  acme_authorizations.challenge_type, acme_authorizations.attempts,
  acme_authorizations.validated_at_s, acme_authorizations.proof, acme_authorizations.error,
  acme_authorizations.expires_at_s` as const;

/** The condition that validations of a name fail too often. The argument is an SQL expression. */
export function failsTooOftenSql<const Name extends string>(name: Name) {
  return `(SELECT COUNT(*) FROM acme_authorizations AS failed
    WHERE failed.acme_account_id = :callAccountId AND failed.identifier = ${name}
      AND failed.failed_at_s > :failedSinceSeconds
      AND failed.failed_at_s < :failedUntilSeconds) >= :failureLimit` as const;
}

const TOO_MANY_OPEN = `(SELECT COUNT(*) FROM acme_orders AS open
  WHERE open.acme_account_id = :callAccountId AND open.status IN ('pending', 'processing')
    AND open.expires_at_s > :callNowSeconds
    AND open.expires_at_s < :openUntilSeconds) >= :openLimit` as const;

/** The replaced certificate is one of the account, for at least one of the same names. */
const IS_REPLACEABLE = `(:replaces IS NULL OR EXISTS (
  SELECT 1 FROM acme_orders AS former
  WHERE former.authority_id = :replacedAuthorityId AND former.serial = :replacedSerial
    AND former.acme_account_id = :callAccountId
    AND EXISTS (
      SELECT 1 FROM json_each(former.identifiers) AS old
      JOIN json_each(:identifiers) AS asked
        ON asked.value ->> 'value' = old.value ->> 'value')))` as const;

/** An order that is given up does not count, so that a client that lost it can begin again. */
const IS_REPLACED = `(:replaces IS NOT NULL AND EXISTS (
  SELECT 1 FROM acme_orders AS newer
  WHERE newer.replaces = :replaces AND newer.acme_account_id = :callAccountId
    AND newer.status IN ('processing', 'valid')))` as const;

const OWN_ORDER =
  'acme_orders.id = :orderId AND acme_orders.acme_account_id = :callAccountId' as const;

/**
 * The condition that a row of `acme_orders` may become valid or processing: it is ready (see
 * deriveOrderStatus), or was being processed with the same CSR. The argument is its id.
 */
export function mayFinalizeSql<
  const OrderId extends string,
  const Csr extends string,
  const Now extends string,
>(orderId: OrderId, csr: Csr, now: Now) {
  return `EXISTS (
  SELECT 1 FROM acme_orders AS finalized
  WHERE finalized.id = ${orderId}
    AND ((finalized.status = 'pending' AND finalized.expires_at_s > ${now})
      OR (finalized.status = 'processing' AND finalized.csr = ${csr}))
    AND NOT EXISTS (
      SELECT 1 FROM acme_authorizations AS needed
      WHERE needed.order_id = finalized.id
        AND NOT (needed.status = 'valid' AND needed.expires_at_s > ${now})))` as const;
}

export const ACME_ORDER_SQL = {
  insert: sql(`INSERT INTO acme_orders (id, acme_account_id, status, identifiers, profile,
  names_profile, not_before_s, not_after_s, replaces, created_at_s, expires_at_s, delete_after_s)
SELECT :orderId, :callAccountId, 'pending', :identifiers, :profile, :namesProfile,
  :notBeforeSeconds, :notAfterSeconds, :replaces, :createdAtSeconds, :expiresAtSeconds,
  :expiresAtSeconds
WHERE ${CALL_HOLDS} AND ${BOUNDS_HOLD} AND NOT ${TOO_MANY_OPEN} AND ${IS_REPLACEABLE} AND NOT ${IS_REPLACED}
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:namesToProve) AS proven WHERE ${failsTooOftenSql('proven.value')})`),
  insertAuthorizations: sqlForRows(`INSERT INTO acme_authorizations (id, order_id,
  acme_account_id, identifier_type, identifier, wildcard, status, pre_authorized, token,
  expires_at_s, delete_after_s)
SELECT :id, :orderId, :accountId, :type, :value, :wildcard, :status, :preAuthorized, :token,
  :expiresAtSeconds, :expiresAtSeconds
FROM ${ROWS}
WHERE EXISTS (SELECT 1 FROM acme_orders WHERE acme_orders.id = :orderId)`),
  explainInsert:
    sql(`SELECT ${BOUNDS_HOLD} AS bounds_hold, ${TOO_MANY_OPEN} AS too_many_open, ${IS_REPLACEABLE} AS replaceable,
  ${IS_REPLACED} AS replaced`),
  listFailing: sql(`SELECT proven.value AS name FROM json_each(:namesToProve) AS proven
WHERE ${failsTooOftenSql('proven.value')}`),
  find: sql(`SELECT ${ORDER_COLUMNS} FROM acme_orders WHERE ${OWN_ORDER} AND ${CALL_HOLDS}`),
  /** Ignored if the statement before it finds no order. */
  listAuthorizations: sql(`SELECT ${AUTHORIZATION_COLUMNS} FROM acme_authorizations
WHERE acme_authorizations.order_id = :orderId
  AND acme_authorizations.acme_account_id = :callAccountId`),
  list: sql(`SELECT acme_orders.id, acme_orders.created_at_s FROM acme_orders
WHERE acme_orders.acme_account_id = :callAccountId
  AND (acme_orders.created_at_s, acme_orders.id) > (:afterSeconds, :afterId)
  AND (acme_orders.status IN ('processing', 'valid')
    OR (acme_orders.status = 'pending' AND acme_orders.expires_at_s > :callNowSeconds))
  AND ${CALL_HOLDS}
ORDER BY acme_orders.created_at_s, acme_orders.id LIMIT :limit`),
  /** Without a nonce: the commit of the certificate checks the call. */
  findToFinalize: sql(`SELECT ${ORDER_COLUMNS}, EXISTS (
  SELECT 1 FROM acme_accounts
  WHERE acme_accounts.lineage = :lineageId AND acme_accounts.key_thumbprint = :thumbprint
) AS is_account_key
FROM acme_orders WHERE ${OWN_ORDER}`),
  markProcessing: sql(`UPDATE acme_orders
SET status = 'processing', csr = :csr, processing_until_s = :untilSeconds
WHERE ${OWN_ORDER} AND acme_orders.status = 'pending' AND ${CALL_HOLDS}
  AND ${mayFinalizeSql(':orderId', ':csr', ':callNowSeconds')}`),
  markFailed: sql(`UPDATE acme_orders
SET status = 'invalid', error = :error, processing_until_s = NULL
WHERE acme_orders.id = :orderId AND acme_orders.status = 'processing' AND acme_orders.csr = :csr`),
  findCertificate: sql(`SELECT certificates.authority_id, certificates.certificate
FROM acme_orders JOIN certificates ON certificates.authority_id = acme_orders.authority_id
  AND certificates.serial = acme_orders.serial
WHERE ${OWN_ORDER} AND ${CALL_HOLDS} AND certificates.certificate IS NOT NULL`),
} as const;
