import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { AUTHORITY_COLUMNS, INSERT_AUTHORITY_HEAD } from './authority.ts';
import { signingChainSql } from './authority-chain.ts';
import { blockKeysSql, keyBlockedSql } from './blocked-key.ts';
import { markChunksStaleSql } from './crl-chunks.ts';
import { GRANTED } from './grant.ts';
import { BOUNDS_HOLD, POLICY_FULL } from './policy-bounds.ts';
import { CALLER_UNBOUNDED, mayReferSql } from './policy-reference.ts';
import { sql } from './sql.ts';

/** The condition that the issuer still signs, with the same chain. It is true without an issuer. */
const ISSUER_SIGNS = `(:issuerId IS NULL OR EXISTS (
  SELECT 1 FROM authorities AS issuer
  WHERE issuer.id = :issuerId AND issuer.state = 'active' AND issuer.current = 1
    AND ${signingChainSql('issuer.id')} = :issuerChainSha256Hex))` as const;

const KEY_BLOCKED = keyBlockedSql(':newKeyIdHex');
const KEY_TAKEN =
  'EXISTS (SELECT 1 FROM authorities AS taken WHERE taken.public_key_id = :newKeyIdHex)' as const;

/** Another CA has the name. The generations of one authority share theirs. */
const NAME_TAKEN = `EXISTS (
  SELECT 1 FROM ca_names AS reserved
  WHERE reserved.name = :newSubjectKey AND reserved.public_key_id IS NOT :newKeyIdHex
    AND reserved.lineage IS NOT :newLineageId)` as const;

/** The condition of every change: grant, issuer, key and name. */
const ALLOWED = `${GRANTED}
  AND ${ISSUER_SIGNS}
  AND (:newKeyIdHex IS NULL OR NOT (${KEY_BLOCKED} OR ${KEY_TAKEN}))
  AND NOT ${NAME_TAKEN}
  AND ${BOUNDS_HOLD}
  AND NOT ${POLICY_FULL}` as const;

/** The account owns as many authorities as it may. The default does not bind the account root. */
const QUOTA_USED = `(
  SELECT COUNT(*) FROM authorities AS owned
  WHERE owned.account_id = :accountId AND owned.id = owned.lineage) >= (
  SELECT COALESCE(MAX(accounts.authority_quota),
    CASE :accountId WHEN '${ROOT_ACCOUNT_ID}' THEN 1e9 ELSE :defaultQuota END)
  FROM accounts WHERE accounts.id = :accountId)` as const;

const HOLD = REVOCATION_REASONS.certificateHold;

/** The condition that `own` is a certificate of a revoked generation of the lineage. */
const IN_LINEAGE_REVOKED = `own.authority_id IN (
  SELECT id FROM authorities WHERE lineage = :lineageId AND state = 'revoked')` as const;

const HELD_IN_LINEAGE = `SELECT revocations.authority_id, revocations.revision,
    revocations.crl_partition
  FROM authority_certificates AS own
  JOIN revocations ON revocations.authority_id = own.issuer_id
    AND revocations.serial = own.serial AND revocations.reason = ${HOLD}
  WHERE ${IN_LINEAGE_REVOKED}` as const;

export const AUTHORITY_MANAGEMENT_SQL = {
  listCurrent: sql(`SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS own WHERE own.current = 1 AND own.lineage > :afterId
ORDER BY own.lineage LIMIT :limit`),
  listGenerations: sql(`SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS named
JOIN authorities AS own ON own.lineage = named.lineage
WHERE named.id = :id ORDER BY own.created_at_ms`),
  listCrossCertificates: sql(`SELECT certificates.certificate
FROM authority_certificates AS cross
JOIN certificates
  ON certificates.serial = cross.serial AND certificates.authority_id = cross.issuer_id
WHERE cross.authority_id = :id AND cross.kind = 'cross' AND certificates.certificate IS NOT NULL
ORDER BY certificates.issued_at_ms DESC`),
  listBelow: sql(`WITH RECURSIVE below (id) AS (
  SELECT authorities.id FROM authorities WHERE authorities.parent_id = :id
  UNION
  SELECT child.id FROM below JOIN authorities AS child ON child.parent_id = below.id)
SELECT id FROM below`),
  listIds: sql('SELECT id FROM authorities WHERE certificate IS NOT NULL'),
  insert: sql(`${INSERT_AUTHORITY_HEAD}
WHERE ${ALLOWED} AND NOT ${QUOTA_USED}
ON CONFLICT (id) DO NOTHING`),
  insertSuccessor: sql(`${INSERT_AUTHORITY_HEAD}
WHERE changes() = 1`),
  /** For the certificate that a new generation issues before it is recorded. */
  takeFirstSlot: sql(`UPDATE authorities SET reserved_slots = 1 WHERE id = :id AND changes() = 1`),
  certify: sql(`UPDATE authorities
SET certificate = :certificate, certificate_sha256 = :certificateSha256, serial = :serial,
  chain = :chain, links = :links, parent_id = :parentId, certified_at_ms = :atMs, request = NULL,
  state = CASE WHEN state = 'pending' THEN 'active' ELSE state END
WHERE id = :id AND certificate_sha256 IS :fromSha256Hex AND current = 1 AND state <> 'revoked'
  AND ${ALLOWED}`),
  retire: sql(`UPDATE authorities SET current = 0
WHERE id = :id AND certificate_sha256 = :fromSha256Hex AND current = 1 AND state = 'active'
  AND ${ALLOWED}`),
  insertCertificate: sql(`INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms, crl_partition)
SELECT :serialHex, :issuerId, :subject, :publicKeyIdHex, :certificate, :kind, 'api', :accountId,
  :notBeforeSeconds, :notAfterSeconds, :atMs, :partition
WHERE changes() = 1`),
  insertLink: sql(`INSERT INTO authority_certificates (authority_id, issuer_id, serial, kind)
SELECT :authorityId, :issuerId, :serialHex, :kind WHERE changes() = 1`),
  /** If an authority here that is not the parent issued the certificate, it is revoked with its authority, too. */
  linkToSigner: sql(`INSERT INTO authority_certificates (authority_id, issuer_id, serial, kind)
SELECT own.id, certificates.authority_id, certificates.serial, 'sub-ca'
FROM authorities AS own CROSS JOIN json_each(own.links) AS link CROSS JOIN authorities AS signer
CROSS JOIN certificates
WHERE own.id = :id AND link.key = 0 AND signer.public_key_id = link.value ->> 0
  AND certificates.serial = link.value ->> 1 AND certificates.authority_id = signer.id
ON CONFLICT (authority_id, issuer_id, serial) DO NOTHING`),
  explain: sql(`SELECT ${KEY_BLOCKED} AS key_blocked, ${KEY_TAKEN} AS key_taken,
  ${NAME_TAKEN} AS name_taken, ${QUOTA_USED} AS quota_used,
  ${BOUNDS_HOLD} AS bounds_hold, ${POLICY_FULL} AS policy_full`),
  countForPolicies: sql(`INSERT INTO policy_certificates
  (policy_id, authority_id, serial, not_after_s)
SELECT limited.key, :issuerId, :serialHex, :notAfterSeconds
FROM json_each(:policyLimits) AS limited
WHERE EXISTS (
  SELECT 1 FROM certificates
  WHERE certificates.serial = :serialHex AND certificates.authority_id = :issuerId)`),
  changeState: sql(`UPDATE authorities SET state = :to
WHERE lineage = :lineageId AND state = :from AND ${GRANTED}
  AND (:to <> 'active' OR ${signingChainSql('authorities.id')} IS NOT NULL)`),
  update: sql(`UPDATE authorities SET
  profiles = CASE WHEN :setsProfiles = 1 THEN :profilesJson ELSE profiles END,
  profiles_seal = CASE WHEN :setsProfiles = 1 THEN :profilesSeal ELSE profiles_seal END,
  policy_id = CASE WHEN :setsPolicy = 1 THEN :policyId ELSE policy_id END,
  acme = CASE WHEN :setsAcme = 1 THEN :acmeJson ELSE acme END,
  acme_seal = CASE WHEN :setsAcme = 1 THEN :acmeSeal ELSE acme_seal END
WHERE id = :lineageId AND ${GRANTED}
  AND ${mayReferSql(':policyId', 'authorities.account_id')}
  AND ${CALLER_UNBOUNDED}`),
  explainUpdate: sql(`SELECT ${mayReferSql(':policyId', 'authorities.account_id')} AS policy_found
FROM authorities WHERE id = :lineageId`),
  revoke: sql(`UPDATE authorities SET state = 'revoked'
WHERE lineage = :lineageId AND state <> 'revoked' AND ${GRANTED}`),
  /** Certificates on hold become revoked, so their entries change. */
  markHeldStale: sql(markChunksStaleSql('gone.authority_id', HELD_IN_LINEAGE)),
  raiseRevisions: sql(`UPDATE authorities SET revocation_revision = revocation_revision + 1,
  removals = removals + EXISTS (
    SELECT 1 FROM (${HELD_IN_LINEAGE}) AS held WHERE held.authority_id = authorities.id)
WHERE id IN (
  SELECT own.issuer_id FROM authority_certificates AS own
  WHERE ${IN_LINEAGE_REVOKED}
    AND NOT EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = own.issuer_id AND revocations.serial = own.serial
        AND revocations.reason <> ${HOLD}))`),
  insertRevocations: sql(`INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, invalidity_date_s, not_after_s,
   crl_partition)
SELECT own.issuer_id, own.serial, issuer.revocation_revision, :nowSeconds, :reason, NULL,
  certificates.not_after_s, certificates.crl_partition
FROM authority_certificates AS own
JOIN authorities AS issuer ON issuer.id = own.issuer_id
JOIN certificates
  ON certificates.serial = own.serial AND certificates.authority_id = own.issuer_id
WHERE ${IN_LINEAGE_REVOKED}
ON CONFLICT (authority_id, serial) DO UPDATE SET revision = excluded.revision,
  revoked_at_s = excluded.revoked_at_s, reason = excluded.reason, invalidity_date_s = NULL,
  retired_in_crl = NULL
WHERE revocations.reason = ${HOLD}
RETURNING authority_id, serial, crl_partition, revision`),
  deleteReleases: sql(`DELETE FROM released_holds
WHERE (authority_id, serial) IN (
  SELECT own.issuer_id, own.serial FROM authority_certificates AS own
  WHERE ${IN_LINEAGE_REVOKED})`),
  blockKeys: sql(
    blockKeysSql(`SELECT public_key_id, COALESCE(parent_id, id), COALESCE(serial, ''), :atMs
FROM authorities
WHERE lineage = :lineageId AND state = 'revoked' AND public_key_id IS NOT NULL`),
  ),
  disableBelow: sql(`UPDATE authorities SET state = 'disabled'
WHERE state = 'active' AND id IN (
  WITH RECURSIVE below (id) AS (
    SELECT id FROM authorities WHERE lineage = :lineageId AND state = 'revoked'
    UNION
    SELECT child.id FROM below JOIN authorities AS child ON child.parent_id = below.id)
  SELECT id FROM below)`),
} as const;
