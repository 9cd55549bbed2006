import type { SentResult, SentStatement } from './statements.ts';

/** Statements that write nothing. A statement that begins otherwise may. */
const READS = /^\s*(?:SELECT|EXPLAIN)\b/i;

/** Executes statements in one transaction. @throws Error as SQLite words it; then nothing is written */
export function executeBatch(
  { sql, transactionSync }: RecordStorage,
  statements: readonly SentStatement[],
): SentResult[] {
  if (statements.every(([text]) => READS.test(text))) {
    return statements.map((statement) => execute(sql, statement));
  }
  return transactionSync(() => {
    let changes = countChanges(sql);
    return statements.map((statement) => {
      const result = execute(sql, statement);
      if (READS.test(statement[0])) return result;
      const changesNow = countChanges(sql);
      const counted = { ...result, changes: changesNow - changes };
      changes = changesNow;
      return counted;
    });
  });
}

/** The storage of the object that owns the record. */
export interface RecordStorage {
  readonly sql: SqlStorage;
  transactionSync<T>(run: () => T): T;
}

function execute(sql: SqlStorage, [text, values]: SentStatement): SentResult {
  const cursor = sql.exec(text, ...values);
  return { columns: cursor.columnNames, rows: [...cursor.raw()], changes: 0 };
}

/** Rows that this connection has written since it was opened, as D1 counts them: with triggers. */
function countChanges(sql: SqlStorage): number {
  return Number(sql.exec('SELECT total_changes() AS n').one().n);
}
