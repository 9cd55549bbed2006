import { SignetError } from './errors.ts';

/**
 * Waits for what another request of this isolate does for several, `ms` at most. The timer is what
 * keeps the platform from cancelling a request as hung that has nothing of its own under way.
 * @throws SignetError record-unavailable once the time is over, and what `shared` is rejected with
 */
export async function waitShared<T>(shared: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const cause = `nothing came of a shared write within ${ms} ms`;
      reject(
        new SignetError('record-unavailable', 'The record could not be written; try again.', {
          cause,
        }),
      );
    }, ms);
  });
  try {
    return await Promise.race([shared, late]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
