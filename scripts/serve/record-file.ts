import { accessSync, constants, existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';
import { locateFiles } from './state-files.ts';

/**
 * Returns the path of the record's database, or null if there is none yet. workerd names it by the
 * object that owns it.
 * @param directory the record's directory
 */
export function findRecordFile(directory: string): string | null {
  const [name] = globSync('record/*.sqlite', { cwd: directory }).filter(
    (each) => !each.endsWith('metadata.sqlite'),
  );
  return name === undefined ? null : join(directory, name);
}

/**
 * Refuses a state directory whose database is gone. A new one would know no certificate and no
 * revocation, and its CRLs would be empty.
 * @throws UserError
 */
export function refuseLostRecord(stateDirectory: string): void {
  const { record, recordMark } = locateFiles(stateDirectory);
  if (findRecordFile(record) !== null || !existsSync(recordMark)) return;
  throw new UserError(
    `The record is gone: there is no database in ${record}. Restore a backup: signet restore FILE. To begin a new CA, use another state directory.`,
  );
}

/** Notes that the server has run with a record. */
export function markRecord(stateDirectory: string): void {
  const { recordMark } = locateFiles(stateDirectory);
  if (!existsSync(recordMark)) writeFileSync(recordMark, '', { mode: 0o600 });
}

/**
 * Checks the databases that there are, also workerd's own.
 * @throws UserError if SQLite cannot open one; Error with its path if this user must not write it
 */
export function checkRecordFile(directory: string): void {
  for (const name of globSync('record/*.sqlite', { cwd: directory })) {
    checkDatabase(join(directory, name));
  }
}

function checkDatabase(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK);
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      database.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
    } finally {
      database.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `The database ${path} cannot be opened (${reason}). It may be damaged. Keep a copy of it, and restore a backup.`,
    );
  }
}
