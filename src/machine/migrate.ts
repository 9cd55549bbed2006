import type { Migration } from './migrations.ts';
import type { RecordStorage } from './record.ts';

/** The table of `wrangler d1 migrations apply`, so that a database can move between the two. */
const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/**
 * Applies the migrations that the database does not have yet, each in one transaction.
 * @throws Error if the database has one that is not known here: a newer version made it
 */
export function migrate(storage: RecordStorage, migrations: readonly Migration[]): void {
  storage.sql.exec(TABLE);
  const rows = storage.sql.exec('SELECT name FROM d1_migrations ORDER BY id').toArray();
  const applied = new Set(rows.map(({ name }) => String(name)));
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `A newer version of Signet made this database (${unknown.join(', ')}). Install that version, or restore a backup that this version made.`,
    );
  }
  for (const { name, statements } of migrations.filter((each) => !applied.has(each.name))) {
    storage.transactionSync(() => {
      for (const statement of statements) storage.sql.exec(statement);
      storage.sql.exec('INSERT INTO d1_migrations (name) VALUES (?1)', name);
    });
  }
}
