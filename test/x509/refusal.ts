import { expect } from 'vitest';
import { SignetError, type SignetErrorCode } from '../../src/errors.ts';

/** Returns the message of the SignetError that `act` throws. Fails if it throws another code or nothing. */
export function refusalMessage(code: SignetErrorCode, act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    expect(error.code).toBe(code);
    return error.message;
  }
  throw new Error(`not refused as ${code}`);
}

/** Runs `act`, which may throw a SignetError of `code` only. */
export function allowOnly(code: SignetErrorCode, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== code) throw error;
  }
}

/** refusalMessage for asynchronous functions. */
export async function refusalMessageOf(
  code: SignetErrorCode,
  act: () => Promise<unknown>,
): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    expect(error.code).toBe(code);
    return error.message;
  }
  throw new Error(`not refused as ${code}`);
}

/** allowOnly for asynchronous functions. */
export async function allowOnlyOf(
  code: SignetErrorCode,
  act: () => Promise<unknown>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== code) throw error;
  }
}
