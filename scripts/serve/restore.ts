import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';
import { BACKUP_TABLE } from './backup.ts';
import { takeLock } from './lock.ts';
import { findRecordFile } from './record-file.ts';
import { replayRevocations } from './replay-revocations.ts';
import { readSettings } from './settings.ts';
import { prepareState } from './state.ts';
import { locateFiles } from './state-files.ts';
import { withRecord } from './with-record.ts';

/**
 * Lists made after the backup had numbers that the backup does not know, and CRL numbers must rise
 * (RFC 5280 section 5.2.3). No authority makes so many lists between two backups.
 */
const CRL_NUMBER_JUMP = 1_000_000;
/** Certificates issued after the backup name partitions that must not be used again. */
const PARTITION_SLOTS_JUMP = 10_000_000;

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
  const madeAt = checkBackup(path);
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
      await withRecord(settings, dist, async (ask) => {
        const health = await ask('/healthz');
        if (health.status !== 200) {
          throw new UserError(
            `The backup does not fit the secrets of ${stateDirectory}, or cannot be used: /healthz answers ${health.body.trim()}`,
          );
        }
        if (events !== null) await replayRevocations(ask, events, madeAt);
      });
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

/** Checks a backup, and returns when it was made. @throws UserError */
function checkBackup(path: string): string {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`);
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const check = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
      if (check !== 'ok') throw new Error(String(check));
      return String(database.prepare(`SELECT made_at FROM ${BACKUP_TABLE}`).get()?.made_at);
    } finally {
      database.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `${path} is damaged, or no backup of Signet (${reason}). Nothing was changed.`,
    );
  }
}

/** Moves a record away, and returns its new path; null if there is none. */
function setAside(directory: string): string | null {
  if (findRecordFile(directory) === null) return null;
  const former = `${directory}.before-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  renameSync(directory, former);
  mkdirSync(join(directory), { mode: 0o700 });
  return former;
}

/** Makes a copy usable: numbers that were used after the backup are not used again. */
function prepareCopy(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec(`BEGIN;
DROP TABLE ${BACKUP_TABLE};
INSERT INTO revocation_lists (authority_id, crl_partition, number)
  SELECT id, -1, 0 FROM authorities WHERE true ON CONFLICT DO NOTHING;
UPDATE revocation_lists SET number = number + ${CRL_NUMBER_JUMP}, crl_number = NULL, revision = NULL,
  this_update_s = NULL, next_update_s = NULL, entries = NULL, byte_length = NULL, head = NULL,
  trailer = NULL, chunks = '[]', base_number = NULL, base_revision = NULL, base_next_update_s = NULL,
  delta_number = NULL, delta_revision = NULL, delta_this_update_s = NULL, delta_next_update_s = NULL,
  delta = NULL;
DELETE FROM crl_chunks;
UPDATE authorities SET reserved_slots = reserved_slots + ${PARTITION_SLOTS_JUMP};
COMMIT`);
  } finally {
    database.close();
  }
}
