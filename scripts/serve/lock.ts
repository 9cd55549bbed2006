import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../user-error.ts';

/**
 * Takes the lock of a state directory until this process ends, however it ends: the system releases
 * the lock of a file with its process.
 * @param path an empty file that only serves as the lock
 * @throws UserError if another process has it
 */
export function takeLock(path: string): { release(): void } {
  const file = new DatabaseSync(path);
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    throw new UserError(
      `Another Signet uses this state directory (${path} is locked). Stop it first, or choose another directory.`,
    );
  }
  chmodSync(path, 0o600);
  return { release: () => file.close() };
}
