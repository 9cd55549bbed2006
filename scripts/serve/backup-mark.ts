import { DatabaseSync } from 'node:sqlite';

/** The table that makes a database a backup. */
export const BACKUP_TABLE = 'signet_backup';

/** @param madeAt RFC 3339 */
export function markAsBackup(path: string, madeAt: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`CREATE TABLE ${BACKUP_TABLE} (made_at TEXT NOT NULL) STRICT`);
    database.prepare(`INSERT INTO ${BACKUP_TABLE} VALUES (?)`).run(madeAt);
  } finally {
    database.close();
  }
}
