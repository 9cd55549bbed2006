/** The platform's rate limiter: counts for each key, in each of its locations. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Whether a binding is a rate limiter; a deployment may have none. */
export function isRateLimiter(binding: unknown): binding is RateLimiter {
  return (
    typeof binding === 'object' &&
    binding !== null &&
    typeof Reflect.get(binding, 'limit') === 'function'
  );
}

/** Whether an access key may call once more. Without a limiter, or where it fails, it may. */
export function createThrottle(
  limiter: RateLimiter | null,
): (accessKeyId: string) => Promise<boolean> {
  return async (accessKeyId) => {
    if (limiter === null) return true;
    try {
      return (await limiter.limit({ key: accessKeyId })).success;
    } catch {
      return true;
    }
  };
}
