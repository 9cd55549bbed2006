import { beforeAll, describe, expect, it } from 'vitest';
import { ROWS, sql, sqlForRows } from '../../src/store/sql.ts';
import { openDatabase } from './database.ts';

let db: D1Database;
beforeAll(async () => {
  db = await openDatabase();
});

function bothAre<const Column extends string>(column: Column) {
  return `(:first = ${column} AND :second = ${column})` as const;
}

describe('sql', () => {
  it('numbers each name once, in the order of first use', () => {
    const { sql: text } = sql(`SELECT :b, :a WHERE x IN (:b,:c) AND ':' || x <> :a
AND :camelCase2 IS NULL`);
    expect(text).toBe(`SELECT ?1, ?2 WHERE x IN (?1,?3) AND ':' || x <> ?2
AND ?4 IS NULL`);
  });

  it('binds values by name', async () => {
    const statement = sql('SELECT :text AS text, :number AS number, :none AS none, :text AS again');
    const row = await statement.prepare(db, { none: null, number: 7, text: 'a' }).first();
    expect(row).toEqual({ text: 'a', number: 7, none: null, again: 'a' });
  });

  it('ignores values that it does not name', async () => {
    const values = { id: 'root', other: 1 };
    const statement = sql('SELECT id FROM accounts WHERE id = :id');
    expect(await statement.prepare(db, values).first()).toEqual({ id: 'root' });
  });

  it('refuses a statement without a value, at compile time', () => {
    const statement = sql(`SELECT 1 WHERE ${bothAre('1')}`);
    // @ts-expect-error The name comes from a part of the statement.
    expect(() => statement.prepare(db, { first: 1 })).toThrow('the parameter :second has no value');
  });

  it('refuses a value under an unknown name, at compile time', () => {
    const statement = sql('SELECT :first');
    // @ts-expect-error
    expect(() => statement.prepare(db, { fist: 1 })).toThrow('the parameter :first has no value');
  });
});

describe('sqlForRows', () => {
  const statement = sqlForRows(
    `SELECT :text AS text, :number + 1 AS number, :none IS NULL AS no_value FROM ${ROWS}`,
  );

  it('executes the statement for each row', async () => {
    const rows = [
      { text: 'a', number: 1, none: null },
      { none: 'there', text: "b'", number: 2 },
    ];
    expect((await statement.prepare(db, rows).all()).results).toEqual([
      { text: 'a', number: 2, no_value: 1 },
      { text: "b'", number: 3, no_value: 0 },
    ]);
  });

  it('refuses a row without a value, at compile time', () => {
    // @ts-expect-error
    expect(() => statement.prepare(db, [{ text: 'a', number: 1 }])).toThrow(':none has no value');
  });
});
