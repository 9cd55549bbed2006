import { SignetError } from '../errors.ts';

/**
 * Runs code that depends on one setting and puts the name of the setting into its errors, so that the
 * operator knows what to change.
 * @throws SignetError from `run`, with the name before its message
 */
export async function nameSetting<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    throw new SignetError(error.code, `${name}: ${error.message}`, {
      cause: error,
      ...(error.field === undefined ? {} : { field: error.field }),
    });
  }
}
