import type { Inspection } from '../mix/operation.ts';

/** Queries that find incomplete records; none returns a row if the records are complete. */
const HALVES: readonly { readonly fault: string; readonly sql: string }[] = [
  {
    fault: 'a certificate without its audit event',
    sql: `SELECT serial FROM certificates WHERE origin <> 'import'
EXCEPT SELECT target FROM audit_events WHERE action = 'certificate.issue' AND outcome = 'done'`,
  },
  {
    fault: 'an audit event without its certificate',
    sql: `SELECT target FROM audit_events WHERE action = 'certificate.issue' AND outcome = 'done'
EXCEPT SELECT serial FROM certificates`,
  },
  {
    fault: 'more audit events than certificates',
    sql: `SELECT target FROM audit_events WHERE action = 'certificate.issue' AND outcome = 'done'
GROUP BY target HAVING COUNT(*) > 1`,
  },
  {
    fault: 'a revocation without its audit event',
    sql: `SELECT serial FROM revocations
EXCEPT SELECT target FROM audit_events WHERE action = 'certificate.revoke' AND outcome = 'done'`,
  },
  {
    fault: 'an audit event without its revocation',
    sql: `SELECT target FROM audit_events WHERE action = 'certificate.revoke' AND outcome = 'done'
EXCEPT SELECT target FROM audit_events WHERE action = 'certificate.release' AND outcome = 'done'
EXCEPT SELECT serial FROM revocations`,
  },
  {
    fault: 'a revocation without its certificate',
    sql: 'SELECT serial FROM revocations EXCEPT SELECT serial FROM certificates',
  },
  {
    fault: 'a revocation of a later revision than its authority',
    sql: `SELECT revocations.serial FROM revocations JOIN authorities ON authorities.id = authority_id
WHERE revision > revocation_revision`,
  },
  {
    fault: 'a compromised key that is not refused',
    sql: `SELECT certificates.public_key_id FROM revocations
JOIN certificates USING (authority_id, serial) WHERE reason = 1
EXCEPT SELECT public_key_id FROM blocked_keys`,
  },
  {
    fault: 'a subject held by a missing certificate',
    sql: 'SELECT serial FROM subject_holders EXCEPT SELECT serial FROM certificates',
  },
  {
    fault: 'a certificate of the openssl-ca dialect whose subject is not held',
    sql: `SELECT serial FROM certificates WHERE origin = 'openssl-ca'
EXCEPT SELECT serial FROM subject_holders`,
  },
  {
    fault: 'an inventory entry without its audit event',
    sql: `SELECT id FROM inventory
EXCEPT SELECT target FROM audit_events WHERE action = 'inventory.create' AND outcome = 'done'`,
  },
  {
    fault: 'an inventory entry that its audit events do not explain',
    sql: `SELECT target FROM audit_events WHERE action = 'inventory.create' AND outcome = 'done'
EXCEPT SELECT target FROM audit_events WHERE action = 'inventory.delete' AND outcome = 'done'
EXCEPT SELECT id FROM inventory`,
  },
  {
    fault: 'an inventory entry that was deleted',
    sql: `SELECT target FROM audit_events WHERE action = 'inventory.delete' AND outcome = 'done'
INTERSECT SELECT id FROM inventory`,
  },
  {
    fault: 'an ACME order without its authorizations',
    sql: `SELECT id FROM acme_orders WHERE json_array_length(identifiers) <>
(SELECT COUNT(*) FROM acme_authorizations WHERE order_id = acme_orders.id)`,
  },
  {
    fault: 'an ACME authorization without its order',
    sql: 'SELECT order_id FROM acme_authorizations EXCEPT SELECT id FROM acme_orders',
  },
  {
    fault: 'an ACME order without its account',
    sql: 'SELECT acme_account_id FROM acme_orders EXCEPT SELECT id FROM acme_accounts',
  },
  {
    fault: 'a valid ACME order without its certificate',
    sql: `SELECT authority_id, serial FROM acme_orders WHERE status = 'valid'
EXCEPT SELECT authority_id, serial FROM certificates WHERE origin = 'acme'`,
  },
  {
    fault: 'a certificate of ACME without its valid order',
    sql: `SELECT authority_id, serial FROM certificates WHERE origin = 'acme'
EXCEPT SELECT authority_id, serial FROM acme_orders WHERE status = 'valid'`,
  },
  {
    fault: 'an ACME order in processing that the job never takes over',
    sql: `SELECT id FROM acme_orders
WHERE (status = 'processing') <> (processing_until_s IS NOT NULL AND csr IS NOT NULL)`,
  },
  {
    fault: 'an ACME order that failed',
    sql: "SELECT id FROM acme_orders WHERE status = 'invalid'",
  },
  {
    fault: 'a gap in the audit record',
    sql: `SELECT last FROM (SELECT MAX(position) AS last, COUNT(*) AS events FROM audit_events)
WHERE last <> events`,
  },
  {
    fault: 'damage to the database',
    sql: "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'",
  },
];

/** Checks that rows written in one batch exist together or not at all. */
export async function checkRecord({ world, query }: Inspection): Promise<void> {
  for (const { fault, sql } of HALVES) {
    const found = await query(`${sql} LIMIT 10`);
    world.findings.expect(found.length === 0, `the record has ${fault}`);
  }
}
