import { SignetError } from '../../src/errors.ts';

/** Thrown by a target for a wrong result; the fuzzer keeps the input. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Error codes for faults of the server; no client's input may cause one. */
const OUR_FAULT: readonly string[] = ['internal', 'record-unavailable', 'sealing-unavailable'];

type Declared = abstract new (...args: never[]) => Error;

/** Returns the value, or null if `read` throws a SignetError or one of the `declared` errors. */
export function attempt<T>(read: () => T, ...declared: Declared[]): T | null {
  try {
    return read();
  } catch (error) {
    return refuseUndeclared(error, declared);
  }
}

/** The same for an asynchronous function. */
export async function attemptAsync<T>(
  read: () => Promise<T>,
  ...declared: Declared[]
): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    return refuseUndeclared(error, declared);
  }
}

function refuseUndeclared(error: unknown, declared: readonly Declared[]): null {
  if (error instanceof SignetError) {
    if (OUR_FAULT.includes(error.code))
      throw new Finding(`answers ${error.code}`, { cause: error });
    if (!error.message.isWellFormed()) throw new Finding('a message that is not well-formed text');
    return null;
  }
  if (declared.some((kind) => error instanceof kind)) return null;
  throw error;
}

export function assertSame(what: string, a: unknown, b: unknown): void {
  const [left, right] = [show(a), show(b)];
  if (left !== right)
    throw new Finding(`${what}: ${left.slice(0, 500)} is not ${right.slice(0, 500)}`);
}

export function assertTrue(what: string, truth: boolean): void {
  if (!truth) throw new Finding(what);
}

function show(value: unknown): string {
  // A Buffer converts itself to JSON before the replacer sees it; `this` still has the original.
  return JSON.stringify([value], function (this: Readonly<Record<string, unknown>>, name, given) {
    const part = this[name];
    if (part instanceof Uint8Array) return Buffer.from(part).toString('hex');
    if (part instanceof Map) return [...part];
    return typeof part === 'bigint' ? String(part) : given;
  });
}
