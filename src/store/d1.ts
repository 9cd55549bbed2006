import { SignetError } from '../errors.ts';

/**
 * Runs a D1 write. A driver that throws leaves it open whether the batch was committed, so the
 * caller is told to try again and nothing that depends on the record may be let out.
 * @throws SignetError record-unavailable
 */
export async function writeRecord<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw unavailable('The record could not be written; try again.', error);
  }
}

/** Runs a D1 read. @throws SignetError record-unavailable */
export async function readRecord<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw unavailable('The record could not be read; try again.', error);
  }
}

function unavailable(message: string, cause: unknown): SignetError {
  return new SignetError('record-unavailable', message, { cause });
}

/** Whether one statement of a batch wrote exactly one row. */
export function wroteOne(result: D1Result | undefined): boolean {
  return result?.meta.changes === 1;
}
