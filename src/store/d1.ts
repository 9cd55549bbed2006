import { SignetError } from '../errors.ts';
import { isolateMeter } from '../metrics/isolate-meter.ts';
import type { Result } from './database.ts';

/**
 * Runs a D1 write. If it throws, the batch may still have been committed: the caller must not return
 * anything that depends on it.
 * @throws SignetError record-unavailable
 */
export async function writeRecord<T>(run: () => Promise<T>): Promise<T> {
  const startedMs = Date.now();
  try {
    return await run();
  } catch (error) {
    throw unavailable('The database could not be written. Try again.', error);
  } finally {
    isolateMeter.countTrip(Date.now() - startedMs);
  }
}

/** Runs a D1 read. @throws SignetError record-unavailable */
export async function readRecord<T>(run: () => Promise<T>): Promise<T> {
  const startedMs = Date.now();
  try {
    return await run();
  } catch (error) {
    throw unavailable('The database could not be read. Try again.', error);
  } finally {
    isolateMeter.countTrip(Date.now() - startedMs);
  }
}

function unavailable(message: string, cause: unknown): SignetError {
  return new SignetError('record-unavailable', message, { cause: nameCause(cause) });
}

/** The cause is for the operator, who may have skipped the migrations. */
function nameCause(cause: unknown): unknown {
  if (!(cause instanceof Error && cause.message.includes('no such table'))) return cause;
  return new Error(
    'The database has no tables, or only those of another version. Run `npm start`, or apply the migrations: `npx wrangler d1 migrations apply signet --local` (in production `npm run deploy`).',
    { cause },
  );
}

/** Tells whether a statement wrote exactly one row. */
export function wroteOne(result: Result<unknown> | undefined): boolean {
  return result?.meta.changes === 1;
}
