/** The platform's rate limiter. It counts per key and per location. */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Tells whether a binding is a rate limiter. A deployment may have none. */
export function isRateLimiter(binding: unknown): binding is RateLimiter {
  return (
    typeof binding === 'object' &&
    binding !== null &&
    typeof Reflect.get(binding, 'limit') === 'function'
  );
}

/** Tells whether an access key may make another call. It may if there is no limiter or if it fails. */
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
