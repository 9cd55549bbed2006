import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';
import { type BackupMark, markAsBackup, readBackupMark } from './backup-mark.ts';
import { readMigrationNames, readVersion } from './build-facts.ts';
import { takeLock } from './lock.ts';
import { prepareCopy } from './prepare-copy.ts';
import { findRecordFile } from './record-file.ts';
import { recordRestore } from './record-restore.ts';
import { replayRevocations } from './replay-revocations.ts';
import { readSettings } from './settings.ts';
import { readSqlDump } from './sql-dump.ts';
import { prepareState } from './state.ts';
import { locateFiles } from './state-files.ts';
import { withRecord } from './with-record.ts';

export interface RestoreOptions {
  /** Path of an audit export with the revocations since the backup, or null. */
  readonly auditExport: string | null;
}

/**
 * Replaces the record by a backup. The server must not run. The record of before is kept beside it.
 * @throws UserError
 */
export async function restore(
  stateDirectory: string,
  dist: string,
  path: string,
  { auditExport }: RestoreOptions,
): Promise<void> {
  const mark = checkBackup(path, dist);
  const { madeAt } = mark;
  const events = auditExport === null ? null : readFileSync(auditExport, 'utf8');
  prepareState(stateDirectory);
  const files = locateFiles(stateDirectory);
  const lock = takeLock(files.lock);
  try {
    const settings = readSettings(stateDirectory, process.env);
    const former = setAside(files.record);
    try {
      // workerd chooses the name of the file, so it makes an empty record first.
      await withRecord(settings, dist, async () => {});
      const target = findRecordFile(files.record);
      if (target === null) throw new Error('workerd made no record.');
      for (const suffix of ['-wal', '-shm']) rmSync(`${target}${suffix}`, { force: true });
      copyFileSync(path, target);
      prepareCopy(target);
      const replay = await withRecord(settings, dist, async (ask) => {
        const health = await ask('/healthz');
        if (health.status !== 200) {
          throw new UserError(
            `The backup does not fit the secrets of ${stateDirectory}, or cannot be used: /healthz answers ${health.body.trim()}`,
          );
        }
        return events === null ? null : await replayRevocations(ask, events, madeAt);
      });
      recordRestore(target, mark, replay);
    } catch (error) {
      rmSync(files.record, { recursive: true, force: true });
      if (former !== null) renameSync(former, files.record);
      throw error;
    }
    console.log(`Restored the backup of ${madeAt}.${former === null ? '' : `\nThe record of before is in ${former}.`}
Certificates issued after it are not known any more, and CRL numbers continue after a jump.
${events === null ? 'Revocations after it are missing: repeat them, or restore with --audit FILE.' : ''}`);
  } finally {
    lock.release();
  }
}

/** Checks a backup, and returns its mark. @throws UserError */
function checkBackup(path: string, dist: string): BackupMark {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`);
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const check = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
      if (check !== 'ok') throw new Error(String(check));
      const mark = readBackupMark(database);
      refuseNewer(path, dist, mark, listMigrations(database));
      return mark;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `${path} is damaged, or no backup of Signet (${reason}). Nothing was changed.`,
    );
  }
}

function listMigrations(database: DatabaseSync): string[] {
  const rows = database.prepare('SELECT name FROM d1_migrations ORDER BY id').all();
  return rows.map(({ name }) => String(name));
}

/** @throws UserError if the backup has a migration that this version does not know */
function refuseNewer(
  path: string,
  dist: string,
  { version }: BackupMark,
  migrations: readonly string[],
): void {
  const known = new Set(readMigrationNames(dist));
  const newest = migrations.findLast((name) => !known.has(name));
  if (newest === undefined) return;
  const maker = version === null ? 'a newer Signet' : `Signet ${version}`;
  throw new UserError(
    `${path} was made by ${maker}, whose database is newer than that of this Signet, ${readVersion(dist)} (${newest}). Install that version, and restore again. Nothing was changed.`,
  );
}

/** Moves a record away, and returns its new path; null if there is none. */
function setAside(directory: string): string | null {
  if (findRecordFile(directory) === null) return null;
  const former = `${directory}.before-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(directory, former);
  mkdirSync(join(directory), { mode: 0o700 });
  return former;
}

/**
 * Replaces the record by what SQL makes, such as that of `wrangler d1 export`. It counts as a backup of
 * now.
 * @throws UserError
 */
export async function restoreSql(
  stateDirectory: string,
  dist: string,
  path: string,
  options: RestoreOptions,
): Promise<void> {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`);
  const directory = mkdtempSync(join(tmpdir(), 'signet-sql-'));
  try {
    const database = join(directory, 'record.db');
    readSqlDump(path, database);
    markAsBackup(database, { madeAt: new Date().toISOString(), version: null });
    await restore(stateDirectory, dist, database, options);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
