/**
 * Waits until a promise is settled, `ms` at most, and tells whether it is. The promise is not
 * cancelled, and its error is for the caller to handle.
 */
export async function settleWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
