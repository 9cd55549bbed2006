import { createDatabase } from '../../src/machine/database.ts';
import type { BatchRunner } from '../../src/machine/statements.ts';
import type { PreparedStatement, Result } from '../../src/store/database.ts';

const NO_META = {
  duration: 0,
  size_after: 0,
  rows_read: 0,
  rows_written: 0,
  last_row_id: 0,
  changed_db: false,
};

/** A machine's database in the shape of D1, with what only tests use. */
export function createMachineDatabase(runner: BatchRunner): D1Database {
  const database = createDatabase(
    () => runner,
    () => {},
  );
  const originals = new WeakMap<D1PreparedStatement, PreparedStatement>();

  class Statement implements D1PreparedStatement {
    readonly #statement: PreparedStatement;

    constructor(statement: PreparedStatement) {
      this.#statement = statement;
      originals.set(this, statement);
    }

    bind(...values: unknown[]): D1PreparedStatement {
      return new Statement(this.#statement.bind(...values));
    }

    async all<T>(): Promise<D1Result<T>> {
      return toD1(await this.#statement.all<T>());
    }

    run<T>(): Promise<D1Result<T>> {
      return this.all<T>();
    }

    first<T = unknown>(colName: string): Promise<T | null>;
    first<T = Record<string, unknown>>(): Promise<T | null>;
    async first<T>(colName?: string): Promise<T | null> {
      const row = await this.#statement.first<Record<string, T> & T>();
      if (row === null) return null;
      return colName === undefined ? row : (row[colName] ?? null);
    }

    raw<T = unknown[]>(options: { columnNames: true }): Promise<[string[], ...T[]]>;
    raw<T = unknown[]>(options?: { columnNames?: false }): Promise<T[]>;
    async raw<T>(options?: { columnNames?: boolean }): Promise<T[] | [string[], ...T[]]> {
      if (options?.columnNames === true) throw new Error('no test uses this');
      const { results } = await this.#statement.all<Record<string, unknown>>();
      return results.map((row) => Object.values(row)) as T[];
    }
  }

  return {
    prepare: (sql) => new Statement(database.prepare(sql)),
    async batch<T>(statements: D1PreparedStatement[]) {
      const own = statements.flatMap((each) => originals.get(each) ?? []);
      return (await database.batch<T>(own)).map((result) => toD1(result));
    },
    exec: refuse,
    dump: refuse,
    withSession: refuse,
  };
}

function toD1<T>({ results, meta }: Result<T>): D1Result<T> {
  return { success: true, results, meta: { ...NO_META, ...meta } };
}

function refuse(): never {
  throw new Error('no test uses this');
}
