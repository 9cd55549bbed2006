import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';
import { findRecordFile } from './record-file.ts';
import { locateFiles } from './state-files.ts';

/** The table that makes a database a backup. */
export const BACKUP_TABLE = 'signet_backup';

/**
 * Copies the record into one file, as it is at one moment. The server may run: SQLite gives a reader one
 * state, however much is written meanwhile.
 * @throws UserError if there is no record, or if the file exists and `replaces` is false
 */
export function backup(stateDirectory: string, path: string, replaces: boolean): void {
  const source = findRecordFile(locateFiles(stateDirectory).record);
  if (source === null) throw new UserError(`There is no record in ${stateDirectory} to back up.`);
  if (existsSync(path) && !replaces) {
    throw new UserError(`${path} exists and was not changed. Name another file, or add --force.`);
  }
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  const database = new DatabaseSync(source, { timeout: 10_000 });
  const madeAt = new Date().toISOString();
  try {
    database.prepare('VACUUM INTO ?').run(unfinished);
  } finally {
    database.close();
  }
  chmodSync(unfinished, 0o600);
  const copy = new DatabaseSync(unfinished);
  let certificates: unknown;
  let revocations: unknown;
  try {
    copy.exec(`CREATE TABLE ${BACKUP_TABLE} (made_at TEXT NOT NULL) STRICT`);
    copy.prepare(`INSERT INTO ${BACKUP_TABLE} VALUES (?)`).run(madeAt);
    certificates = copy.prepare('SELECT COUNT(*) AS n FROM certificates').get()?.n;
    revocations = copy.prepare('SELECT COUNT(*) AS n FROM revocations').get()?.n;
  } finally {
    copy.close();
  }
  renameSync(unfinished, path);
  const megabytes = (statSync(path).size / 1e6).toFixed(1);
  console.log(`Backed up ${certificates} certificates and ${revocations} revocations: ${path} (${megabytes} MB).
It does not hold the secrets. Keep ${locateFiles(stateDirectory).secrets} apart from it: without CA_KEY
and SEALING_KEY a backup cannot be used.`);
}
