import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';
import { markAsBackup } from './backup-mark.ts';
import { readVersion } from './build-facts.ts';
import { prepareCopy } from './prepare-copy.ts';
import { findRecordFile } from './record-file.ts';
import { writeSqlDump } from './sql-dump.ts';
import { locateFiles } from './state-files.ts';

/**
 * Copies the record into one file, as it is at one moment. The server may run: SQLite gives a reader one
 * state, however much is written meanwhile.
 * @throws UserError if there is no record, or if the file exists and `replaces` is false
 */
export function backup(
  stateDirectory: string,
  dist: string,
  path: string,
  replaces: boolean,
): void {
  const source = requireRecord(stateDirectory);
  refuseToReplace(path, replaces);
  const unfinished = `${path}.new`;
  const madeAt = new Date().toISOString();
  copyRecord(source, unfinished);
  chmodSync(unfinished, 0o600);
  markAsBackup(unfinished, { madeAt, version: readVersion(dist) });
  const [certificates, revocations] = countRows(unfinished, ['certificates', 'revocations']);
  renameSync(unfinished, path);
  const megabytes = (statSync(path).size / 1e6).toFixed(1);
  console.log(`Backed up ${certificates} certificates and ${revocations} revocations: ${path} (${megabytes} MB).
It does not hold the secrets. Keep ${locateFiles(stateDirectory).secrets} apart from it: without CA_KEY
and SEALING_KEY a backup cannot be used.`);
}

/**
 * Writes the record as SQL for `wrangler d1 execute --file`, without encoded CRLs, which are built anew.
 * @throws UserError as `backup`, and if a row is too long for D1
 */
export function backupSql(
  stateDirectory: string,
  dist: string,
  path: string,
  replaces: boolean,
): void {
  const source = requireRecord(stateDirectory);
  refuseToReplace(path, replaces);
  const unfinished = `${path}.new`;
  const copy = `${path}.db`;
  try {
    copyRecord(source, copy);
    markAsBackup(copy, { madeAt: new Date().toISOString(), version: readVersion(dist) });
    prepareCopy(copy);
    rmSync(unfinished, { force: true });
    writeSqlDump(copy, unfinished);
    renameSync(unfinished, path);
  } finally {
    for (const left of [unfinished, copy]) rmSync(left, { force: true });
  }
  console.log(
    `Wrote the record as SQL: ${path} (${(statSync(path).size / 1e6).toFixed(1)} MB). It does not hold the secrets.`,
  );
}

/** @throws UserError */
function requireRecord(stateDirectory: string): string {
  const source = findRecordFile(locateFiles(stateDirectory).record);
  if (source !== null) return source;
  throw new UserError(`There is no record in ${stateDirectory} to back up.`);
}

/** @throws UserError; Error with the path of a directory that cannot be written */
function refuseToReplace(path: string, replaces: boolean): void {
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
  if (existsSync(path) && !statSync(path).isFile()) {
    throw new UserError(`Cannot use ${path}: it is not a file.`);
  }
  if (existsSync(path) && !replaces) {
    throw new UserError(`${path} exists and was not changed. Name another file, or add --force.`);
  }
}

/** Copies a database that may be in use. @throws UserError if it is damaged, or the disk is full */
function copyRecord(source: string, target: string): void {
  rmSync(target, { force: true });
  try {
    const database = new DatabaseSync(source, { timeout: 10_000 });
    try {
      database.prepare('VACUUM INTO ?').run(target);
    } finally {
      database.close();
    }
  } catch (error) {
    rmSync(target, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `The record cannot be copied to ${target} (${reason}). Ask \`signet doctor\` about the record, and look whether the disk is full.`,
    );
  }
}

function countRows(path: string, tables: readonly string[]): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return tables.map((table) => database.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.n);
  } finally {
    database.close();
  }
}
