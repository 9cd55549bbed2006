import { EVENT_PARAMETERS, INSERT_EVENT_AFTER_CHANGE, insertEventSql } from './audit-event.ts';
import { GRANT_PARAMETERS, grantedSql } from './grant.ts';

/** Writes take the grant's parameters first, then ?5 on: see `commitWrite` in inventory-batch.ts. */
const GRANTED = grantedSql(1);

/** What the entry ?5 of the account ?6 is, whoever else has one. */
const OWN_ENTRY = 'inventory.id = ?5 AND inventory.account_id = ?6';
const HAS_BINDING =
  'EXISTS (SELECT 1 FROM inventory_bindings WHERE inventory_bindings.certificate_id = inventory.id)';

const ROOM_LEFT = `(SELECT COUNT(*) FROM inventory WHERE inventory.account_id = accounts.id)
    < COALESCE(accounts.inventory_quota, ?21)`;

function nameTaken(account: string, name: string, others = ''): string {
  return `EXISTS (
  SELECT 1 FROM inventory AS other
  WHERE other.account_id = ${account} AND other.name = ${name}${others})`;
}

const BINDINGS = `(SELECT json_group_array(json_array(
    inventory_bindings.service_name, inventory_bindings.resource_id,
    inventory_bindings.created_at_ms, inventory_bindings.updated_at_ms))
  FROM inventory_bindings WHERE inventory_bindings.certificate_id = inventory.id)`;

const SUMMARY = `SELECT inventory.id, inventory.account_id, inventory.name, inventory.type,
  inventory.private_key IS NOT NULL AS has_private_key, inventory.common_name,
  inventory.dns_names, inventory.fingerprint, inventory.not_before_s, inventory.not_after_s,
  inventory.marks, inventory.origin, inventory.notified_days, inventory.created_at_ms,
  inventory.updated_at_ms, ${BINDINGS} AS bindings`;
const FROM_OWN = 'FROM inventory WHERE inventory.id = ?1 AND inventory.account_id = ?2';

export const INVENTORY_SQL = {
  insert: `INSERT INTO inventory
  (id, account_id, name, type, certificate, chain, private_key, upload_public_key, common_name,
   dns_names, fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
SELECT ?5, accounts.id, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?20
FROM accounts
WHERE accounts.id = ?6 AND ${ROOM_LEFT} AND ${GRANTED}
ON CONFLICT DO NOTHING`,
  explainInsert: `SELECT ${nameTaken('accounts.id', '?2')} AS name_taken,
  (SELECT COUNT(*) FROM inventory WHERE inventory.account_id = accounts.id)
    >= COALESCE(accounts.inventory_quota, ?3) AS is_full
FROM accounts WHERE accounts.id = ?1`,
  update: `UPDATE inventory SET type = ?7, certificate = ?8, chain = ?9, private_key = ?10,
  upload_public_key = ?11, common_name = ?12, dns_names = ?13, fingerprint = ?14,
  not_before_s = ?15, not_after_s = ?16, marks = ?17, origin = ?18, updated_at_ms = ?19,
  notified_days = NULL, name = COALESCE(?22, inventory.name)
WHERE ${OWN_ENTRY} AND inventory.not_after_s < ?20 AND NOT ${HAS_BINDING}
  AND (?21 = 0 OR inventory.upload_public_key IS ?11)
  AND NOT ${nameTaken('?6', '?22', ' AND other.id <> ?5')} AND ${GRANTED}`,
  rename: `UPDATE inventory SET name = ?7, updated_at_ms = ?8
WHERE ${OWN_ENTRY} AND NOT ${nameTaken('?6', '?7')} AND ${GRANTED}`,
  delete: `DELETE FROM inventory WHERE ${OWN_ENTRY} AND NOT ${HAS_BINDING} AND ${GRANTED}`,
  explainEntry: `SELECT inventory.name ${FROM_OWN}`,
  explainUpdate: `SELECT inventory.not_after_s, ${HAS_BINDING} AS is_in_use,
  ${nameTaken('?2', '?3', ' AND other.id <> ?1')} AS name_taken
${FROM_OWN}`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,

  find: `${SUMMARY}, inventory.certificate, inventory.chain ${FROM_OWN}`,
  findUploadPublicKey: `SELECT inventory.upload_public_key ${FROM_OWN}`,
  list: `${SUMMARY} FROM inventory
WHERE inventory.account_id = ?1 AND inventory.name > ?2 ORDER BY inventory.name LIMIT ?3`,
  listByName: `${SUMMARY} FROM inventory
WHERE inventory.account_id = ?1 AND inventory.name = ?2`,
  insertReadEvent: insertEventSql(
    `EXISTS (
  SELECT 1 FROM inventory
  WHERE inventory.id = ?${EVENT_PARAMETERS + GRANT_PARAMETERS + 1}
    AND inventory.account_id = ?${EVENT_PARAMETERS + GRANT_PARAMETERS + 2})
  AND ${grantedSql(EVENT_PARAMETERS + 1)}`,
  ),
  readPrivateKey: `${SUMMARY}, inventory.certificate, inventory.chain, inventory.private_key
${FROM_OWN} AND changes() = 1`,
  findIssued: `SELECT certificates.certificate, authorities.certificate AS issuer, authorities.chain,
  EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = certificates.authority_id
      AND revocations.serial = certificates.serial) AS is_revoked
FROM certificates JOIN authorities ON authorities.id = certificates.authority_id
WHERE certificates.serial = ?3 AND certificates.authority_id = ?2
  AND certificates.account_id = ?1 AND certificates.certificate IS NOT NULL`,
} as const;

export const BINDING_SQL = {
  bind: `INSERT INTO inventory_bindings
  (certificate_id, service_name, resource_id, created_at_ms, updated_at_ms)
SELECT inventory.id, ?7, ?8, ?9, ?9 FROM inventory
WHERE ${OWN_ENTRY} AND ${GRANTED}
  AND ((SELECT COUNT(*) FROM inventory_bindings AS other WHERE other.certificate_id = ?5) < ?10
    OR EXISTS (
      SELECT 1 FROM inventory_bindings AS same
      WHERE same.certificate_id = ?5 AND same.service_name = ?7 AND same.resource_id = ?8))
ON CONFLICT (certificate_id, service_name, resource_id)
  DO UPDATE SET updated_at_ms = excluded.updated_at_ms`,
  unbind: `DELETE FROM inventory_bindings
WHERE certificate_id = ?5 AND service_name = ?7 AND resource_id = ?8
  AND EXISTS (SELECT 1 FROM inventory WHERE ${OWN_ENTRY}) AND ${GRANTED}`,
  findOwner: `SELECT 1 AS found ${FROM_OWN}`,
  list: `SELECT ${BINDINGS} AS bindings ${FROM_OWN}`,
} as const;
