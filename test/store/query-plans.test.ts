import { beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_KEY_SQL } from '../../src/store/access-key.ts';
import { ACCESS_KEY_SECRET_SQL } from '../../src/store/access-key-secret.ts';
import { ACCOUNT_SQL } from '../../src/store/account.ts';
import { AUDIT_SQL } from '../../src/store/audit.ts';
import { AUTHORITY_SQL } from '../../src/store/authority.ts';
import { AUTHORITY_MANAGEMENT_SQL } from '../../src/store/authority-management.ts';
import { CERTIFICATE_SQL } from '../../src/store/certificate.ts';
import { CRL_SQL } from '../../src/store/crl.ts';
import { CRL_CHUNK_SQL } from '../../src/store/crl-chunks.ts';
import { CRL_ROW_SQL } from '../../src/store/crl-rows.ts';
import { EXTERNAL_CA_INSTANCE_SQL } from '../../src/store/external-ca-instance.ts';
import { GRANT_SQL } from '../../src/store/grant.ts';
import { HISTORY_SQL } from '../../src/store/history.ts';
import { IDEMPOTENCY_SQL } from '../../src/store/idempotency-key.ts';
import { ISSUANCE_SQL } from '../../src/store/issuance.ts';
import { NONCE_SQL } from '../../src/store/nonce.ts';
import { OCSP_SQL } from '../../src/store/ocsp.ts';
import { OCSP_RESPONDER_SQL } from '../../src/store/ocsp-responder.ts';
import { PARTITION_SQL } from '../../src/store/partition.ts';
import { PURGE_SQL } from '../../src/store/purge.ts';
import { RETIREMENT_SQL } from '../../src/store/retirement.ts';
import { REVOCATION_SQL } from '../../src/store/revocation.ts';
import { SUBORDINATE_SQL } from '../../src/store/subordinate.ts';
import { openDatabase } from './database.ts';

const STATEMENTS = Object.entries({
  ACCESS_KEY_SQL,
  ACCESS_KEY_SECRET_SQL,
  ACCOUNT_SQL,
  AUDIT_SQL,
  AUTHORITY_SQL,
  AUTHORITY_MANAGEMENT_SQL,
  CERTIFICATE_SQL,
  CRL_SQL,
  CRL_CHUNK_SQL,
  CRL_ROWS_OF_AUTHORITY: CRL_ROW_SQL.complete,
  CRL_ROWS_OF_PARTITION: CRL_ROW_SQL.partition,
  EXTERNAL_CA_INSTANCE_SQL,
  GRANT_SQL,
  HISTORY_SQL,
  IDEMPOTENCY_SQL,
  ISSUANCE_SQL,
  NONCE_SQL,
  OCSP_SQL,
  OCSP_RESPONDER_SQL,
  PARTITION_SQL,
  PURGE_SQL,
  RETIREMENT_SQL,
  REVOCATION_SQL,
  SUBORDINATE_SQL,
}).flatMap(([table, statements]) =>
  Object.entries(statements).map(([name, sql]) => [`${table}.${name}`, sql] as const),
);

/**
 * A row that is made up, the JSON of a parameter, what a recursion has found so far, and a subquery
 * (its own steps are listed) are no tables; a partial index holds nothing but what is looked for.
 */
const HARMLESS =
  /^SCAN (CONSTANT ROW|authorities USING (?:COVERING )?INDEX authorities_(?:to_purge|certified)|below|\(subquery-\d+\)|\w+ (EXISTS )?VIRTUAL TABLE INDEX \d+:)/;

describe('query plans', () => {
  let db: D1Database;
  beforeAll(async () => {
    db = await openDatabase();
  });

  async function explain(sql: string): Promise<string[]> {
    const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, n]) => Number(n)));
    const { results } = await db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...Array.from({ length: parameters }, () => '1'))
      .all<{ detail: string }>();
    return results.map(({ detail }) => detail);
  }

  it.each(STATEMENTS)('%s scans no table', async (_, sql) => {
    const scans = (await explain(sql)).filter((step) => step.startsWith('SCAN'));
    expect(scans.filter((step) => !HARMLESS.test(step))).toEqual([]);
  });

  it('would notice a scan', async () => {
    const plan = await explain('SELECT serial FROM certificates WHERE subject = ?1');
    expect(plan.some((step) => step.startsWith('SCAN') && !HARMLESS.test(step))).toBe(true);
  });
});
