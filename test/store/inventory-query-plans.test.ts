import { beforeAll, describe, expect, it } from 'vitest';
import { EXPIRY_SQL } from '../../src/store/inventory-expiry.ts';
import { BINDING_SQL, INVENTORY_SQL } from '../../src/store/inventory-sql.ts';
import {
  SEALED_ACCESS_KEY_SQL,
  SEALED_ANSWER_SQL,
  SEALED_PRIVATE_KEY_SQL,
} from '../../src/store/sealed-texts.ts';
import { openDatabase } from './database.ts';

const STATEMENTS = Object.entries({
  BINDING_SQL,
  EXPIRY_SQL,
  INVENTORY_SQL,
  SEALED_ACCESS_KEY_SQL,
  SEALED_ANSWER_SQL,
  SEALED_PRIVATE_KEY_SQL,
}).flatMap(([table, statements]) =>
  Object.entries(statements).map(([name, sql]) => [`${table}.${name}`, sql] as const),
);

/** A row that is made up, the JSON of a column or parameter, and a subquery (its own steps are listed). */
const HARMLESS = /^SCAN (CONSTANT ROW|\(subquery-\d+\)|\w+ (EXISTS )?VIRTUAL TABLE INDEX \d+:)/;

describe('query plans of the inventory', () => {
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

  it.each([
    ['listBelow', SEALED_PRIVATE_KEY_SQL.listBelow, 'inventory_by_sealing_version'],
    ['countBelow', SEALED_PRIVATE_KEY_SQL.countBelow, 'inventory_by_sealing_version'],
    ['listBelow', SEALED_ACCESS_KEY_SQL.listBelow, 'access_keys_by_sealing_version'],
    ['countBelow', SEALED_ACCESS_KEY_SQL.countBelow, 'access_keys_by_sealing_version'],
    ['listBelow', SEALED_ANSWER_SQL.listBelow, 'idempotency_keys_by_sealing_version'],
    ['countBelow', SEALED_ANSWER_SQL.countBelow, 'idempotency_keys_by_sealing_version'],
    ['claim', EXPIRY_SQL.claim, 'inventory_by_expiry'],
  ])('%s goes by the index made for it, and sorts nothing', async (_, sql, index) => {
    const plan = await explain(sql);
    expect(plan.some((step) => step.includes(index))).toBe(true);
    expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });
});
