import { insertEventIfSql } from './audit-event.ts';
import { CHAIN_COLUMN } from './authority-chain.ts';
import { GRANTED } from './grant.ts';
import { sql } from './sql.ts';

/**
 * The entry if it belongs to the account. The account root sees its own entries only, as any other
 * account does.
 */
const OWN_ENTRY = 'inventory.id = :id AND inventory.account_id = :accountId' as const;
const FROM_OWN = `FROM inventory WHERE ${OWN_ENTRY}` as const;

/** The entry with the authority that issued it, if one here did. `readEntry` reads both. */
const FROM_OWN_WITH_ISSUER = `FROM inventory
LEFT JOIN authorities AS own ON own.id = inventory.authority_id
WHERE ${OWN_ENTRY}` as const;
const ENTRY_COLUMNS =
  `inventory.certificate, inventory.chain, own.certificate AS issuer, ${CHAIN_COLUMN}` as const;

const HAS_BINDING =
  'EXISTS (SELECT 1 FROM inventory_bindings WHERE inventory_bindings.certificate_id = inventory.id)' as const;

const ENTRIES_OF_ACCOUNT =
  '(SELECT COUNT(*) FROM inventory WHERE inventory.account_id = accounts.id)' as const;
const QUOTA = 'COALESCE(accounts.inventory_quota, :defaultQuota)' as const;

/** Another entry of the account has the name. */
const NAME_TAKEN = `EXISTS (
  SELECT 1 FROM inventory AS other
  WHERE other.account_id = :accountId AND other.name = :name AND other.id <> :id)` as const;

const BINDINGS = `(SELECT json_group_array(json_array(
    inventory_bindings.service_name, inventory_bindings.resource_id,
    inventory_bindings.created_at_ms, inventory_bindings.updated_at_ms))
  FROM inventory_bindings WHERE inventory_bindings.certificate_id = inventory.id)` as const;

const SUMMARY = `SELECT inventory.id, inventory.account_id, inventory.name, inventory.type,
  inventory.private_key IS NOT NULL AS has_private_key, inventory.common_name,
  inventory.dns_names, inventory.ip_addresses, inventory.fingerprint, inventory.not_before_s,
  inventory.not_after_s, inventory.marks, inventory.origin, inventory.notified_days, inventory.created_at_ms,
  inventory.updated_at_ms, ${BINDINGS} AS bindings` as const;

export const INVENTORY_SQL = {
  insert: sql(`INSERT INTO inventory
  (id, account_id, name, type, certificate, chain, authority_id, private_key, upload_public_key, common_name,
   dns_names, ip_addresses, fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms,
   updated_at_ms)
SELECT :id, accounts.id, :name, :type, :certificate, :chain, :issuerId, :sealedPrivateKey,
  :uploadPublicKey, :commonName, :dnsNames, :ipAddresses, :fingerprintHex, :notBeforeSeconds,
  :notAfterSeconds, :marks, :origin, :atMs, :atMs
FROM accounts
WHERE accounts.id = :accountId AND ${ENTRIES_OF_ACCOUNT} < ${QUOTA} AND ${GRANTED}
ON CONFLICT DO NOTHING`),
  explainInsert: sql(`SELECT EXISTS (
    SELECT 1 FROM inventory AS other
    WHERE other.account_id = accounts.id AND other.name = :name) AS name_taken,
  ${ENTRIES_OF_ACCOUNT} >= ${QUOTA} AS is_full
FROM accounts WHERE accounts.id = :accountId`),
  update: sql(`UPDATE inventory SET type = :type, certificate = :certificate, chain = :chain,
  authority_id = :issuerId, private_key = :sealedPrivateKey, upload_public_key = :uploadPublicKey,
  common_name = :commonName, dns_names = :dnsNames, ip_addresses = :ipAddresses,
  fingerprint = :fingerprintHex, not_before_s = :notBeforeSeconds, not_after_s = :notAfterSeconds, marks = :marks,
  origin = :origin, updated_at_ms = :atMs, notified_days = NULL,
  name = COALESCE(:name, inventory.name)
WHERE ${OWN_ENTRY} AND inventory.not_after_s < :nowSeconds AND NOT ${HAS_BINDING}
  AND (:keepsUploadPublicKey = 0 OR inventory.upload_public_key IS :uploadPublicKey)
  AND NOT ${NAME_TAKEN} AND ${GRANTED}`),
  rename: sql(`UPDATE inventory SET name = :name, updated_at_ms = :atMs
WHERE ${OWN_ENTRY} AND inventory.name <> :name AND NOT ${NAME_TAKEN} AND ${GRANTED}`),
  delete: sql(`DELETE FROM inventory WHERE ${OWN_ENTRY} AND NOT ${HAS_BINDING} AND ${GRANTED}`),
  explainEntry: sql(`SELECT inventory.name ${FROM_OWN}`),
  explainUpdate: sql(`SELECT inventory.not_after_s, ${HAS_BINDING} AS is_in_use,
  ${NAME_TAKEN} AS name_taken
${FROM_OWN}`),

  find: sql(`${SUMMARY}, ${ENTRY_COLUMNS} ${FROM_OWN_WITH_ISSUER}`),
  findUploadPublicKey: sql(`SELECT inventory.upload_public_key ${FROM_OWN}`),
  list: sql(`${SUMMARY} FROM inventory
WHERE inventory.account_id = :accountId AND inventory.name > :afterName
ORDER BY inventory.name LIMIT :limit`),
  listByName: sql(`${SUMMARY} FROM inventory
WHERE inventory.account_id = :accountId AND inventory.name = :name`),
  listByFingerprint: sql(`${SUMMARY} FROM inventory
WHERE inventory.account_id = :accountId AND inventory.fingerprint = :fingerprint
  AND inventory.name > :afterName
ORDER BY inventory.name LIMIT :limit`),
  insertReadEvent: sql(insertEventIfSql(`EXISTS (SELECT 1 ${FROM_OWN}) AND ${GRANTED}`)),
  readPrivateKey: sql(`${SUMMARY}, ${ENTRY_COLUMNS}, inventory.private_key
${FROM_OWN_WITH_ISSUER} AND changes() = 1`),
  findIssued: sql(`SELECT certificates.certificate,
  EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = certificates.authority_id
      AND revocations.serial = certificates.serial) AS is_revoked
FROM certificates
WHERE certificates.serial = :serialHex AND certificates.authority_id = :authorityId
  AND certificates.account_id = :accountId AND certificates.certificate IS NOT NULL`),
} as const;

export const BINDING_SQL = {
  bind: sql(`INSERT INTO inventory_bindings
  (certificate_id, service_name, resource_id, created_at_ms, updated_at_ms)
SELECT inventory.id, :serviceName, :resourceId, :atMs, :atMs FROM inventory
WHERE ${OWN_ENTRY} AND ${GRANTED}
  AND ((SELECT COUNT(*) FROM inventory_bindings AS other WHERE other.certificate_id = :id)
      < :mostBindings
    OR EXISTS (
      SELECT 1 FROM inventory_bindings AS same
      WHERE same.certificate_id = :id AND same.service_name = :serviceName
        AND same.resource_id = :resourceId))
ON CONFLICT (certificate_id, service_name, resource_id)
  DO UPDATE SET updated_at_ms = excluded.updated_at_ms`),
  unbind: sql(`DELETE FROM inventory_bindings
WHERE certificate_id = :id AND service_name = :serviceName AND resource_id = :resourceId
  AND EXISTS (SELECT 1 ${FROM_OWN}) AND ${GRANTED}`),
  findEntry: sql(`SELECT 1 AS found ${FROM_OWN}`),
  list: sql(`SELECT ${BINDINGS} AS bindings ${FROM_OWN}`),
} as const;
