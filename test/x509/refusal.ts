import { expect } from 'vitest';
import { SignetError, type SignetErrorCode } from '../../src/errors.ts';

/** The message with which `act` refuses; fails where it does not, or by anything but `code`. */
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

/** Runs `act`; anything that it throws but a SignetError of `code` fails the test. */
export function allowOnly(code: SignetErrorCode, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== code) throw error;
  }
}
