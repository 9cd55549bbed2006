import { beforeAll, describe, expect, it } from 'vitest';
import { EXPIRED_CERTIFICATE_SQL } from '../../src/store/expired-certificate.ts';
import { EXPIRY_SQL } from '../../src/store/inventory-expiry.ts';
import {
  SEALED_ACCESS_KEY_SQL,
  SEALED_ANSWER_SQL,
  SEALED_PRIVATE_KEY_SQL,
} from '../../src/store/sealed-texts.ts';
import { openDatabase } from './database.ts';
import { listFiles, listHidden, listStatements } from './statements.ts';

/**
 * Scans of no table: a constant row, the rows of `ROWS`, a subquery (whose steps are listed, too), JSON of
 * a column or parameter.
 */
const HARMLESS =
  /^SCAN (?:CONSTANT ROW|given$|\(subquery-\d+\)|\w+ (?:EXISTS )?VIRTUAL TABLE INDEX \d+:)/;
/** Searches all rows of an authority or a range of them, except tables with few rows per authority. */
const OF_AUTHORITY =
  /^SEARCH (?!cross |own |ocsp_responders |cas_issuer_counts ).*\(authority_id=\?(?: AND [^=]*)?\)/;
const SORTS = /^USE TEMP B-TREE/;

/** Steps that look as if their cost grew with the database, and why it does not. */
const EXCEPTIONS: readonly { statements: RegExp; step: RegExp; because: string }[] = [
  {
    statements: /AUTHORITY_MANAGEMENT_SQL\.listIds$/,
    step: /^SCAN authorities USING INDEX authorities_certified$/,
    because: 'a job handles every authority',
  },
  {
    statements: /PURGE_SQL\.list$/,
    step: /^SCAN authorities USING INDEX authorities_to_purge$/,
    because: 'the partial index contains only the wanted rows',
  },
  {
    statements: /AUTHORITY_MANAGEMENT_SQL\.(?:disableBelow|listBelow)$/,
    step: /^SCAN below$/,
    because: 'these are the rows that the recursion has found',
  },
  {
    statements:
      /AUTHORITY_(?:MANAGEMENT_)?SQL\.|ISSUANCE_SQL\.insertCertificates$|REFUSAL_SQL\.explain$|INVENTORY_SQL\.(?:find|readPrivateKey)$/,
    step: /^SCAN line$/,
    because: 'these are the authorities of one chain, each found by its id',
  },
  {
    statements: /INVENTORY_SQL\.(?:find|readPrivateKey)$/,
    step: SORTS,
    because: 'it sorts the authorities of one chain',
  },
  {
    statements: /MANY_BY_\w+_SQL\.(?:raiseRevisions|insertEvents|insertRevocations)$/,
    step: /^SCAN chosen$/,
    because: 'the subquery has a limit',
  },
  {
    statements: /MANY_BY_\w+_SQL\.select$/,
    step: SORTS,
    because: 'it sorts a subquery that has a limit',
  },
  {
    statements: /AUTHORITY_SQL\.find|AUTHORITY_MANAGEMENT_SQL\.list(?!Ids)/,
    step: SORTS,
    because: 'an authority has few cross-certificates',
  },
  {
    statements: /CERTIFICATE_SQL\.findNewest$/,
    step: /^SCAN certificates$/,
    because: 'it stops at the first row, the one with the highest rowid',
  },
  {
    statements: /(?:ORDERED_SEARCH_SQL\..*\.page|SORTED_SEARCH_SQL\..*\.page)$/,
    step: /^SCAN candidates$/,
    because: 'the candidates are a range of an index, with a limit',
  },
  {
    statements: /SORTED_SEARCH_SQL\./,
    step: SORTS,
    because: 'it sorts candidates, which have a limit',
  },
  {
    statements: /METRICS_SQL\.(?:certificates|revocations|jobs)$/,
    step: /^SCAN (?:certificate_counts|revocation_counts|job_runs)$/,
    because: 'these tables have a row for each day, reason or job, not for each certificate',
  },
  {
    statements: /METRICS_SQL\.(?:lists|authorities)$/,
    step: /^SCAN (?:revocation_lists|authorities) USING INDEX/,
    because: 'these have a limit, and one row for each list or authority',
  },
  {
    statements: /METRICS_SQL\.webhooks$/,
    step: /^SCAN webhooks$/,
    because: 'it has a limit, and an account has few webhooks',
  },
  {
    statements: /WEBHOOK_DELIVERY_SQL\.hasWebhooks$|WEBHOOK_EXPIRY_SQL\.findReader$/,
    step: /^SCAN webhooks USING (?:COVERING )?INDEX webhooks_due$/,
    because: 'it stops at the first row, and an account has few webhooks',
  },
  {
    statements: /WEBHOOK_DELIVERY_SQL\.take$/,
    step: /^SCAN due USING INDEX webhooks_due$/,
    because: 'it passes idle webhooks, and an account has few webhooks',
  },
  {
    statements: /WEBHOOK_DELIVERY_SQL\.take$/,
    step: /^SCAN failed$/,
    because: 'this is a subquery that ends after two rows',
  },
  {
    statements: /WEBHOOK_DELIVERY_SQL\.readRetries$/,
    step: /^SCAN webhook_deliveries$/,
    because: 'this is a subquery that has a limit',
  },
  {
    statements: /WEBHOOK_EXPIRY_SQL\.readPositions$/,
    step: /^SCAN expiry_announcements$/,
    because: 'it has a row for each threshold',
  },
  {
    statements: /EXPIRY_SQL\.forgetEarly$/,
    step: /^SCAN inventory$/,
    because: 'a job runs it once an hour, and the inventory has a quota',
  },
  {
    statements: /\.mark(?:Held)?Stale$/,
    step: /^SCAN place$/,
    because: 'these are the scopes of the entries that the batch removes',
  },
  {
    statements: /HISTORY_SQL\.insertRevocations$/,
    step: SORTS,
    because: 'it sorts the rows of one parameter',
  },
];

/** Files with parts of statements only, or without SQL. */
const FILES_WITHOUT_STATEMENTS = [
  'acme-order-issuance',
  'acme-order-row',
  'acme-order',
  'authority-chain',
  'authority-management',
  'blocked-key',
  'changed-revocation',
  'crl',
  'd1',
  'database',
  'inventory-batch',
  'inventory-bindings',
  'inventory-row',
  'inventory',
  'issuance',
  'policy-reference',
  'row',
  'search-total',
  'search',
  'sql',
  'tenancy',
  'webhook-row',
];

describe('the statements of the store', () => {
  it('are all exported, so that the tests below see them', () => {
    expect(listHidden()).toEqual([]);
    expect(listFiles()).toContain('certificate');
    const covered = new Set(listStatements().map(({ name }) => name.split('.')[0]));
    expect(listFiles().filter((file) => !covered.has(file))).toEqual(FILES_WITHOUT_STATEMENTS);
  });

  it.each([
    "db.prepare('SELECT serial FROM certificates').all()",
    'const SQL = { find: `SELECT subject FROM certificates` };',
    `db.prepare(\`\${HEAD} WHERE EXISTS (SELECT secret FROM access_keys)\`)`,
    `f(\`\${a ? \`\${b}\` : ''}\`, 'UPDATE certificates SET x = 1')`,
    '/* it`s */ const a = "DELETE FROM nonces WHERE used_at_s > 7";',
  ])('would be missed in %j', (source) => {
    expect(listHidden({ 'store/a.ts': source })).toHaveLength(1);
  });
});

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

  /** Lists the steps that read or sort more than the wanted rows. */
  async function findCostly(sql: string): Promise<string[]> {
    return (await explain(sql)).filter(
      (step) => SORTS.test(step) || (step.startsWith('SCAN') && !HARMLESS.test(step)),
    );
  }

  it.each(listStatements().map(({ name, sql }) => [name, sql] as const))(
    '%s scans no table and sorts none',
    async (name, sql) => {
      const allowed = EXCEPTIONS.filter(({ statements }) => statements.test(name));
      const costly = await findCostly(sql);
      expect(costly.filter((each) => !allowed.some(({ step }) => step.test(each)))).toEqual([]);
    },
  );

  it('that read the rows of a whole authority are few, and have a limit', async () => {
    const found = [];
    for (const { name, sql } of listStatements()) {
      if (!(await explain(sql)).some((step) => OF_AUTHORITY.test(step))) continue;
      found.push(name);
      expect(sql).toMatch(
        /ORDER BY (?:old\.)?(?:revision|next_update_s|revocations\.not_after_s).* LIMIT/,
      );
    }
    expect(found).toEqual([
      'crl-rows.CRL_ROW_SQL.complete.rows',
      'crl-rows.CRL_ROW_SQL.complete.revoked',
      'crl-rows.CRL_ROW_SQL.complete.released',
      'crl-sql.CRL_SQL.listEnding',
      'purge.PURGE_SQL.listChanged',
      'retirement.RETIREMENT_SQL.listRetirable',
      'retirement.RETIREMENT_SQL.listRetiredEarly',
      'retirement.RETIREMENT_SQL.deleteReleases',
    ]);
  });

  it.each(EXCEPTIONS)(
    'still has a statement for the exception: $because',
    async ({ statements, step }) => {
      const steps: string[] = [];
      for (const { name, sql } of listStatements()) {
        if (statements.test(name)) steps.push(...(await findCostly(sql)));
      }
      expect(steps.some((each) => step.test(each))).toBe(true);
    },
  );

  it.each([
    'SELECT serial FROM certificates WHERE subject = ?1',
    'SELECT COUNT(*) FROM certificates',
    'SELECT revision FROM revocations WHERE authority_id = ?1 ORDER BY revoked_at_s',
  ])('would notice %s', async (sql) => {
    expect(await findCostly(sql)).toHaveLength(1);
  });

  it.each([
    [
      'SEALED_PRIVATE_KEY_SQL.listBelow',
      SEALED_PRIVATE_KEY_SQL.listBelow,
      'inventory_by_sealing_version',
    ],
    [
      'SEALED_PRIVATE_KEY_SQL.countBelow',
      SEALED_PRIVATE_KEY_SQL.countBelow,
      'inventory_by_sealing_version',
    ],
    [
      'SEALED_ACCESS_KEY_SQL.listBelow',
      SEALED_ACCESS_KEY_SQL.listBelow,
      'access_keys_by_sealing_version',
    ],
    [
      'SEALED_ACCESS_KEY_SQL.countBelow',
      SEALED_ACCESS_KEY_SQL.countBelow,
      'access_keys_by_sealing_version',
    ],
    [
      'SEALED_ANSWER_SQL.listBelow',
      SEALED_ANSWER_SQL.listBelow,
      'idempotency_keys_by_sealing_version',
    ],
    [
      'SEALED_ANSWER_SQL.countBelow',
      SEALED_ANSWER_SQL.countBelow,
      'idempotency_keys_by_sealing_version',
    ],
    ['EXPIRY_SQL.claim', EXPIRY_SQL.claim, 'inventory_by_expiry'],
    [
      'EXPIRED_CERTIFICATE_SQL.deleteBodies',
      EXPIRED_CERTIFICATE_SQL.deleteBodies,
      'certificates_with_body',
    ],
    [
      'EXPIRED_CERTIFICATE_SQL.deleteHolders',
      EXPIRED_CERTIFICATE_SQL.deleteHolders,
      'subject_holders_by_expiry',
    ],
  ])('%s uses the index made for it', async (_, { sql }, index) => {
    expect((await explain(sql)).some((step) => step.includes(index))).toBe(true);
  });
});
