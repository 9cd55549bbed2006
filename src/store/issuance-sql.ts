import { NONCE_LIFETIME_SECONDS } from '../access/nonces.ts';
import { ORDER_IS_READY } from './acme-order-issuance.ts';
import { insertEventsSql, insertRefusalIfSql } from './audit-event.ts';
import { signingChainSql } from './authority-chain.ts';
import { keyBlockedSql } from './blocked-key.ts';
import { nameReservedSql, reserveNamesSql } from './ca-name.ts';
import { GRANTED } from './grant.ts';
import { BOUNDS_HOLD, POLICY_FULL } from './policy-bounds.ts';
import { TERMS_WITH_AUTHORITY } from './search-terms.ts';
import { ROWS, sql, sqlForRows } from './sql.ts';

/** A certificate that is neither expired nor revoked holds the subject. */
const SUBJECT_HELD = `EXISTS (
  SELECT 1 FROM subject_holders
  WHERE subject_holders.authority_id = :authorityId AND subject_holders.subject = :uniqueSubject
    AND subject_holders.not_after_s >= :grantNowSeconds
    AND NOT EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = subject_holders.authority_id
        AND revocations.serial = subject_holders.serial))` as const;

const CUSTOM_IDENTIFIER_TAKEN = `EXISTS (
  SELECT 1 FROM custom_identifiers
  WHERE custom_identifiers.account_id = :accountId
    AND custom_identifiers.custom_identifier = :customIdentifier)` as const;

/** Two CAs with one key could sign in each other's name, and a leaf with it could sign as a CA. */
const KEY_OF_AUTHORITY = `EXISTS (
  SELECT 1 FROM authorities AS taken WHERE taken.public_key_id = :publicKeyIdHex)` as const;

/** No other certificate has a CA's name, but a CA has the same name with the same key. */
const NAME_OF_CA = nameReservedSql(':subjectKey', 'CASE WHEN :isCa = 1 THEN :publicKeyIdHex END');

/** The nonce, if there is one, was used by this request and no other. */
const NONCE_IS_OWN = `(:nonce IS NULL OR EXISTS (
  SELECT 1 FROM nonces
  WHERE nonces.access_key_id = :nonceKeyId AND nonces.nonce = :nonce
    AND nonces.request_id = :nonceRequestId))` as const;

/** Another request has used the nonce up. */
const NONCE_IS_TAKEN = `EXISTS (
  SELECT 1 FROM nonces
  WHERE nonces.access_key_id = :nonceKeyId AND nonces.nonce = :nonce
    AND nonces.request_id <> :nonceRequestId
    AND nonces.used_at_s > :nonceUsedAtSeconds - ${NONCE_LIFETIME_SECONDS})` as const;

const INSTANCE_IS_FREE = `(:instanceId IS NULL OR EXISTS (
  SELECT 1 FROM external_ca_instances
  WHERE external_ca_instances.id = :instanceId AND external_ca_instances.state = 'BUY'))` as const;

/** How many characters at the end of a certificate's base64, a part of its signature, identify it. */
export const SIGNATURE_CHARACTERS = 64;

/** The certificate of this row is recorded, and not another one with its serial number. */
const IS_RECORDED = `EXISTS (
  SELECT 1 FROM certificates
  WHERE certificates.serial = :serial AND certificates.authority_id = :authorityId
    AND substr(certificates.certificate, -${SIGNATURE_CHARACTERS}) = :signature)` as const;

const RECORDED_ROWS = `FROM ${ROWS} WHERE ${IS_RECORDED}` as const;

/**
 * The statements of one batch, in this order. Each is executed for a list of issuances. A refused
 * issuance does not affect the others, and a taken serial number writes no row instead of failing.
 */
export const ISSUANCE_SQL = {
  useNonces: sqlForRows(`INSERT INTO nonces (access_key_id, nonce, request_id, used_at_s)
SELECT :nonceKeyId, :nonce, :nonceRequestId, :nonceUsedAtSeconds FROM ${ROWS} WHERE ${GRANTED}
ON CONFLICT (access_key_id, nonce)
  DO UPDATE SET request_id = excluded.request_id, used_at_s = excluded.used_at_s
  WHERE nonces.request_id = excluded.request_id
    OR nonces.used_at_s <= excluded.used_at_s - ${NONCE_LIFETIME_SECONDS}`),
  insertCertificates: sqlForRows(`INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms, crl_partition)
SELECT :serial, authorities.id, :subject, :publicKeyIdHex, :certificate, :profile, :origin,
  :accountId, :notBeforeSeconds, :notAfterSeconds, :issuedAtMs, :crlPartition
FROM ${ROWS} CROSS JOIN authorities
WHERE authorities.id = :authorityId AND authorities.state = 'active' AND authorities.current = 1
  AND ${signingChainSql('authorities.id')} = :issuerChainSha256Hex
  AND ${GRANTED}
  AND NOT ${keyBlockedSql(':publicKeyIdHex')}
  AND NOT ${KEY_OF_AUTHORITY}
  AND NOT ${NAME_OF_CA}
  AND (:uniqueSubject IS NULL OR NOT ${SUBJECT_HELD})
  AND (:customIdentifier IS NULL OR NOT ${CUSTOM_IDENTIFIER_TAKEN})
  AND ${NONCE_IS_OWN}
  AND ${INSTANCE_IS_FREE}
  AND ${BOUNDS_HOLD}
  AND NOT ${POLICY_FULL}
  AND ${ORDER_IS_READY}
ON CONFLICT (serial, authority_id) DO NOTHING
RETURNING authority_id, serial`),
  insertTerms: sqlForRows(`INSERT INTO certificate_terms
  (term, issued_at_ms, serial, authority_id, account_id)
SELECT terms.value, :issuedAtMs, :serial, authorities.id, :accountId
FROM ${ROWS} CROSS JOIN authorities ON authorities.id = :authorityId
CROSS JOIN ${TERMS_WITH_AUTHORITY}
WHERE ${IS_RECORDED}
ON CONFLICT DO NOTHING`),
  countForPolicies: sqlForRows(`INSERT INTO policy_certificates
  (policy_id, authority_id, serial, not_after_s)
SELECT limited.key, :authorityId, :serial, :notAfterSeconds
FROM ${ROWS} CROSS JOIN json_each(:policyLimits) AS limited
WHERE ${IS_RECORDED}`),
  insertHolders: sqlForRows(`INSERT INTO subject_holders
  (authority_id, serial, subject, not_after_s)
SELECT :authorityId, :serial, :uniqueSubject, :notAfterSeconds ${RECORDED_ROWS}
ON CONFLICT (authority_id, subject)
  DO UPDATE SET serial = excluded.serial, not_after_s = excluded.not_after_s`),
  insertIdentifiers: sqlForRows(`INSERT INTO certificate_identifiers
  (identifier, authority_id, serial)
SELECT :identifier, :authorityId, :serial ${RECORDED_ROWS}`),
  insertCustomIdentifiers: sqlForRows(`INSERT INTO custom_identifiers
  (account_id, custom_identifier, authority_id, serial)
SELECT :accountId, :customIdentifier, :authorityId, :serial ${RECORDED_ROWS}`),
  countByIssuer: sqlForRows(`INSERT INTO cas_issuer_counts (authority_id, total)
SELECT :authorityId, 1 ${RECORDED_ROWS}
ON CONFLICT (authority_id) DO UPDATE SET total = total + 1`),
  countLeaves: sqlForRows(`INSERT INTO cas_certificate_counts (account_id, total)
SELECT counted.value, 1
FROM ${ROWS} CROSS JOIN json_each(json_array('', :accountId)) AS counted
WHERE ${IS_RECORDED}
ON CONFLICT (account_id) DO UPDATE SET total = total + 1`),
  useInstances: sqlForRows(`UPDATE external_ca_instances
SET state = 'USED', seal = NULL, issuer_id = :authorityId, serial = :serial, used_at_ms = :issuedAtMs
FROM ${ROWS}
WHERE external_ca_instances.id = :instanceId AND ${IS_RECORDED}`),
  fulfilOrders: sqlForRows(`UPDATE acme_orders
SET status = 'valid', csr = NULL, processing_until_s = NULL, authority_id = :authorityId,
  serial = :serial, delete_after_s = :notAfterSeconds + :acmeRetentionSeconds
FROM ${ROWS}
WHERE acme_orders.id = :acmeOrderId AND ${IS_RECORDED}`),
  /** They still permit the account to revoke the certificate. */
  keepAuthorizations: sqlForRows(`UPDATE acme_authorizations
SET delete_after_s = MAX(delete_after_s, :notAfterSeconds)
FROM ${ROWS}
WHERE acme_authorizations.order_id = :acmeOrderId AND ${IS_RECORDED}`),
  reserveNames: sqlForRows(
    reserveNamesSql(`SELECT :subjectKey, :publicKeyIdHex, NULL ${RECORDED_ROWS}`),
  ),
  insertEvents: sqlForRows(insertEventsSql(RECORDED_ROWS, ':authorityId', ':serial')),
} as const;

/** Why an issuance was not recorded. Its refusal is recorded under the conditions of the issuance. */
export const REFUSAL_SQL = {
  explain: sql(`SELECT
  ${NONCE_IS_TAKEN} AS nonce_taken,
  ${INSTANCE_IS_FREE} AS instance_free,
  ${ORDER_IS_READY} AS order_ready,
  ${keyBlockedSql(':publicKeyIdHex')} AS key_blocked,
  ${KEY_OF_AUTHORITY} AS key_of_authority,
  ${NAME_OF_CA} AS name_of_ca,
  ${SUBJECT_HELD} AS subject_held,
  ${CUSTOM_IDENTIFIER_TAKEN} AS custom_identifier_taken,
  ${BOUNDS_HOLD} AS bounds_hold,
  ${POLICY_FULL} AS policy_full,
  EXISTS (
    SELECT 1 FROM authorities
    WHERE id = :authorityId AND state = 'active' AND current = 1
      AND ${signingChainSql(':authorityId')} = :issuerChainSha256Hex
  ) AS authority_signs`),
  insertKeyBlocked: sql(insertRefusalIfSql(`${GRANTED} AND ${keyBlockedSql(':publicKeyIdHex')}`)),
  insertSubjectHeld: sql(insertRefusalIfSql(`changes() = 0 AND ${GRANTED} AND ${SUBJECT_HELD}`)),
} as const;
