import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';

/** Another process has the lock. */
export class LockedError extends UserError {}

/**
 * Takes the lock of a state directory until this process ends, however it ends: the system releases
 * the lock of a file with its process.
 * @param path an empty file that only serves as the lock
 * @throws LockedError if another process has it; UserError if the file cannot be used
 */
export function takeLock(path: string): { release(): void } {
  let file: DatabaseSync | null = null;
  try {
    file = new DatabaseSync(path);
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file?.close();
    throw describeProblem(path, error);
  }
  chmodSync(path, 0o600);
  return { release: () => file.close() };
}

function describeProblem(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return /locked|busy/i.test(reason)
    ? new LockedError(
        `Another Signet uses this state directory (${path} is locked). Stop it first, or choose another directory.`,
      )
    : new UserError(
        `${path} cannot serve as the lock (${reason}). Check the owner of the state directory; if no Signet runs, delete this file.`,
      );
}
