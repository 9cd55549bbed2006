import { SignetError } from './errors.ts';

/** What a wait gives once its time is over. */
export const LATE = Symbol('late');

/**
 * Waits for a promise, `ms` at most. The timer also keeps the platform from cancelling a request as
 * hung that waits for another request and has nothing of its own under way.
 * @throws what the promise is rejected with
 */
export async function waitAtMost<T>(promise: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}

/**
 * Waits until a promise is settled, `ms` at most, and tells whether it is. The promise is not
 * cancelled, and its error is for the caller to handle.
 */
export async function settleWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = promise.then(
    () => {},
    () => {},
  );
  return (await waitAtMost(settled, ms)) !== LATE;
}

/**
 * Waits for what another request of this isolate does for several, `ms` at most.
 * @throws SignetError record-unavailable once the time is over, and what `shared` is rejected with
 */
export async function waitShared<T>(shared: Promise<T>, ms: number): Promise<T> {
  const result = await waitAtMost(shared, ms);
  if (result !== LATE) return result;
  throw new SignetError('record-unavailable', 'The record could not be written; try again.', {
    cause: `nothing came of a shared write within ${ms} ms`,
  });
}

/**
 * Tells whether something began less than `ms` ago. If it began in the future, the clock was set back
 * since, and the time that has passed is not known: the answer is no.
 * @param beganAtMs Unix ms, as `nowMs`; null if it never began
 */
export function isWithin(beganAtMs: number | null, ms: number, nowMs: number): boolean {
  return beganAtMs !== null && nowMs >= beganAtMs && nowMs - beganAtMs < ms;
}
