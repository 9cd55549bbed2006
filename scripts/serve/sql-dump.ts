import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { UserError } from '../user-error.ts';

/** D1 takes statements of at most 100 KB. */
const MAX_STATEMENT_BYTES = 100_000;
/** Tables of SQLite and of the platform. */
const FOREIGN_TABLES = /^(?:sqlite_|_cf_)/;

/**
 * Writes a database as SQL that `wrangler d1 execute --file` takes: no transaction, tables before rows,
 * indexes and triggers last. Encoded CRLs are left out; they are built anew.
 * @param source path of a database that nobody changes
 * @throws UserError if a row is too long for D1
 */
export function writeSqlDump(source: string, path: string): void {
  const database = new DatabaseSync(source, { readOnly: true });
  const file = openSync(path, 'wx', 0o600);
  const write = (statement: string) => writeSync(file, `${statement};\n`);
  try {
    write('PRAGMA defer_foreign_keys = TRUE');
    const schema = listSchema(database);
    for (const { type, sql } of schema) if (type === 'table') write(sql);
    for (const { type, name } of schema) {
      if (type === 'table' && name !== 'crl_chunks') writeRows(database, name, write);
    }
    for (const { type, sql } of schema) if (type !== 'table') write(sql);
  } finally {
    closeSync(file);
    database.close();
  }
}

/** Makes a database from SQL, such as that of `wrangler d1 export`. @throws UserError */
export function readSqlDump(path: string, target: string): void {
  const database = new DatabaseSync(target);
  try {
    database.exec('PRAGMA foreign_keys = OFF; BEGIN');
    database.exec(readFileSync(path, 'utf8'));
    database.exec('COMMIT');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${path} cannot be read as SQL (${reason}). Nothing was changed.`);
  } finally {
    database.close();
  }
}

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

function listSchema(database: DatabaseSync): SchemaObject[] {
  const rows = database
    .prepare('SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid')
    .all();
  return rows
    .map((row) => ({ type: String(row.type), name: String(row.name), sql: String(row.sql) }))
    .filter(({ name }) => !FOREIGN_TABLES.test(name));
}

function writeRows(
  database: DatabaseSync,
  table: string,
  write: (statement: string) => void,
): void {
  const name = quoteName(table);
  for (const row of database.prepare(`SELECT * FROM ${name}`).iterate()) {
    const columns = Object.keys(row).map(quoteName).join(',');
    const values = Object.values(row).map(quoteValue).join(',');
    const statement = `INSERT INTO ${name} (${columns}) VALUES (${values})`;
    if (Buffer.byteLength(statement) > MAX_STATEMENT_BYTES) {
      throw new UserError(
        `A row of ${table} has more than ${MAX_STATEMENT_BYTES} bytes, which D1 does not take as SQL.`,
      );
    }
    write(statement);
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteValue(value: SQLOutputValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return `X'${Buffer.from(value).toString('hex')}'`;
}
