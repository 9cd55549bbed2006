import { DatabaseSync } from 'node:sqlite';

/** The table that makes a database a backup. */
export const BACKUP_TABLE = 'signet_backup';

export interface BackupMark {
  /** RFC 3339. */
  readonly madeAt: string;
  /** Version of the Signet that made the backup; null for SQL, which does not say it. */
  readonly version: string | null;
}

export function markAsBackup(path: string, { madeAt, version }: BackupMark): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`CREATE TABLE ${BACKUP_TABLE} (made_at TEXT NOT NULL, version TEXT) STRICT`);
    database.prepare(`INSERT INTO ${BACKUP_TABLE} VALUES (?, ?)`).run(madeAt, version);
  } finally {
    database.close();
  }
}

/** @throws Error if the database has no mark */
export function readBackupMark(database: DatabaseSync): BackupMark {
  const row = database.prepare(`SELECT made_at, version FROM ${BACKUP_TABLE}`).get();
  if (row === undefined) throw new Error(`${BACKUP_TABLE} is empty`);
  const { made_at: madeAt, version } = row;
  return { madeAt: String(madeAt), version: version === null ? null : String(version) };
}
