import { countCharacters, READS, type SentResult, type SentStatement } from './statements.ts';

/**
 * From here on a batch probably changes more than 16 pages. `transactionSync` copies each page before it
 * is changed, to a temporary file from the 17th on. `transaction` copies none, but waits for more turns of
 * the event loop.
 */
const LONG_BATCH_CHARACTERS = 1024;

/** Executes statements in one transaction. @throws Error as SQLite words it; then nothing is written */
export function executeBatch(
  storage: RecordStorage,
  statements: readonly SentStatement[],
): SentResult[] | Promise<SentResult[]> {
  const { sql } = storage;
  if (statements.every(([text]) => READS.test(text))) {
    return statements.map((statement) => execute(sql, statement));
  }
  // A statement by itself is atomic.
  if (statements.length === 1) return write(sql, statements);
  return countCharacters(statements) < LONG_BATCH_CHARACTERS
    ? storage.transactionSync(() => write(sql, statements))
    : storage.transaction(async () => write(sql, statements));
}

/** The storage of the object that owns the record. */
export interface RecordStorage {
  readonly sql: SqlStorage;
  transactionSync<T>(run: () => T): T;
  /** The object handles no other call meanwhile. */
  transaction<T>(run: () => Promise<T>): Promise<T>;
}

function write(sql: SqlStorage, statements: readonly SentStatement[]): SentResult[] {
  let changes = countChanges(sql);
  return statements.map((statement) => {
    const result = execute(sql, statement);
    if (READS.test(statement[0])) return result;
    const changesNow = countChanges(sql);
    const counted = { ...result, changes: changesNow - changes };
    changes = changesNow;
    return counted;
  });
}

function execute(sql: SqlStorage, [text, values]: SentStatement): SentResult {
  const cursor = sql.exec(text, ...values);
  const rows = [...cursor.raw()];
  // Reading the names takes as long as a short statement, and only rows need them.
  return { columns: rows.length === 0 ? [] : cursor.columnNames, rows, changes: 0 };
}

/** Rows that this connection has written since it was opened, as D1 counts them: with triggers. */
function countChanges(sql: SqlStorage): number {
  return Number(sql.exec('SELECT total_changes() AS n').one().n);
}
