import { NetworkError } from './network-error.ts';

/**
 * Waits for a promise until `signal` aborts.
 * @throws NetworkError connection when it aborts, and what `promise` is rejected with
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // If the signal comes first, nothing else handles the promise.
  promise.catch(() => {});
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new NetworkError('connection', 'The server did not answer in time.'));
  });
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Returns a signal that aborts with `signal`, and after `ms` at the latest. */
export function limitTime(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}
