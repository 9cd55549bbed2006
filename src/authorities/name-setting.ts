import { SignetError } from '../errors.ts';

/**
 * Runs what depends on one setting, and names the setting in what is wrong with it: the operator
 * must know which one to change.
 * @throws SignetError what `run` threw, with the name before its message
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
