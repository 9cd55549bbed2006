import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../src/machine/database.ts';
import { migrate } from '../../src/machine/migrate.ts';
import type { RecordStorage } from '../../src/machine/record.ts';

const FIRST = { name: '0001_a.sql', statements: ['CREATE TABLE a (n INTEGER PRIMARY KEY, t)'] };
const SECOND = { name: '0002_b.sql', statements: ['ALTER TABLE a ADD COLUMN u', 'SELECT 1'] };

/** A new record, with the real schema. */
function openRecord() {
  if (env.RECORD === undefined) throw new Error('This test runs in the project `machine`.');
  return env.RECORD.getByName(crypto.randomUUID());
}

/** Runs in the object, on storage from which the real schema is removed. */
function inEmptyStorage<T>(run: (storage: RecordStorage) => T): Promise<T> {
  return runInDurableObject(openRecord(), (_, { storage }) => {
    const { sql } = storage;
    sql.exec('DROP TABLE d1_migrations');
    return run({
      sql,
      transactionSync: (within) => storage.transactionSync(within),
      transaction: (within) => storage.transaction(within),
    });
  });
}

describe('migrate', () => {
  const listApplied = ({ sql }: RecordStorage) =>
    sql
      .exec('SELECT name FROM d1_migrations ORDER BY id')
      .toArray()
      .map(({ name }) => name);

  it('applies each migration once, in order', async () => {
    const applied = await inEmptyStorage((storage) => {
      migrate(storage, [FIRST]);
      migrate(storage, [FIRST, SECOND]);
      migrate(storage, [FIRST, SECOND]);
      return listApplied(storage);
    });
    expect(applied).toEqual([FIRST.name, SECOND.name]);
  });

  it('keeps nothing of one that fails, and everything before it', async () => {
    const wrong = { name: '0002_b.sql', statements: ['CREATE TABLE b (n)', 'NO SQL'] };
    const [applied, tables] = await inEmptyStorage((storage) => {
      expect(() => migrate(storage, [FIRST, wrong])).toThrow('syntax error');
      const named = "SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')";
      return [listApplied(storage), storage.sql.exec(named).toArray()] as const;
    });
    expect(applied).toEqual([FIRST.name]);
    expect(tables).toEqual([{ name: 'a' }]);
  });

  it('refuses a database of a newer version, and changes nothing', async () => {
    const applied = await inEmptyStorage((storage) => {
      migrate(storage, [FIRST, SECOND]);
      const newer = { name: '0003_c.sql', statements: [] };
      expect(() => migrate(storage, [FIRST, newer])).toThrow(/newer version .*0002_b\.sql/);
      return listApplied(storage);
    });
    expect(applied).toEqual([FIRST.name, SECOND.name]);
  });
});

describe('createDatabase', () => {
  async function open() {
    const runner = openRecord();
    const database = createDatabase(
      () => runner,
      () => {},
    );
    await database.prepare('CREATE TABLE a (n INTEGER PRIMARY KEY, t)').run();
    return database;
  }

  it('binds and returns text, numbers and null as they are', async () => {
    const database = await open();
    const values = ['é\u0000"', 1.5, 0, Number.MAX_SAFE_INTEGER, null, ''];
    const [row] = (
      await database
        .prepare('SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e, ?6 AS f')
        .bind(...values)
        .all()
    ).results;
    expect(Object.values(row ?? {})).toEqual([
      'é\u0000"',
      1.5,
      0,
      Number.MAX_SAFE_INTEGER,
      null,
      '',
    ]);
  });

  it.each([[true], [undefined], [new Uint8Array(1)], [1n]])('refuses to bind %s', async (value) => {
    const database = await open();
    expect(() => database.prepare('SELECT ?1').bind(value)).toThrow('binds text, numbers and null');
  });

  it('writes nothing of a batch of which one statement fails', async () => {
    const database = await open();
    const insert = database.prepare('INSERT INTO a (n) VALUES (?1)');
    const batch = database.batch([insert.bind(1), insert.bind(2), insert.bind(1)]);
    await expect(batch).rejects.toThrow('UNIQUE constraint failed: a.n');
    expect((await database.prepare('SELECT n FROM a').all()).results).toEqual([]);
  });

  it('counts changes with those of triggers, each statement for itself', async () => {
    const database = await open();
    await database
      .prepare(
        'CREATE TRIGGER more AFTER INSERT ON a WHEN new.n < 100 BEGIN INSERT INTO a (n) VALUES (new.n + 100); END',
      )
      .run();
    const results = await database.batch([
      database.prepare('INSERT INTO a (n) VALUES (1), (2)'),
      database.prepare('SELECT * FROM a'),
      database.prepare('UPDATE a SET t = 1 WHERE n = 1'),
      database.prepare('DELETE FROM a WHERE n = 7'),
    ]);
    expect(results.map(({ meta }) => meta.changes)).toEqual([4, 0, 1, 0]);
  });

  it('writes all or nothing of a long batch, whatever else is written at the same time', async () => {
    const database = await open();
    const insert = database.prepare('INSERT INTO a (n, t) VALUES (?1, ?2)');
    const long = 'x'.repeat(1000);
    const ofLong = (...ids: number[]) => database.batch(ids.map((n) => insert.bind(n, long)));
    const ofShort = (...ids: number[]) => database.batch(ids.map((n) => insert.bind(n, 'short')));
    const outcomes = await Promise.allSettled([
      ofLong(1, 2, 3),
      ofShort(4, 5),
      ofLong(10, 11, 10),
      ofShort(6),
      ofShort(20, 21, 20),
      ofLong(7, 8),
    ]);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
    const { results } = await database.prepare('SELECT n FROM a ORDER BY n').all();
    expect(results.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('writes nothing of a statement that fails at a later row', async () => {
    const database = await open();
    const insert = database.prepare('INSERT INTO a (n) VALUES (1), (2), (1)');
    await expect(insert.run()).rejects.toThrow('UNIQUE constraint failed: a.n');
    expect((await database.prepare('SELECT n FROM a').all()).results).toEqual([]);
  });

  it('sends what is too long for one message, in one transaction', async () => {
    const database = await open();
    // A value may have 2 MB; five of them exceed the length of a part.
    const long = 'x'.repeat(1_900_000);
    const insert = database.prepare('INSERT INTO a (n, t) VALUES (?1, ?2)');
    await database.batch([1, 2, 3, 4, 5].map((n) => insert.bind(n, long)));
    const sum = database.prepare('SELECT COUNT(*) AS n, SUM(LENGTH(t)) AS bytes FROM a');
    expect(await sum.first()).toEqual({ n: 5, bytes: 5 * long.length });
    const failing = database.batch([6, 7, 8, 9, 9].map((n) => insert.bind(n, long)));
    await expect(failing).rejects.toThrow('UNIQUE constraint failed');
    expect(await sum.first()).toMatchObject({ n: 5 });
  });
});
