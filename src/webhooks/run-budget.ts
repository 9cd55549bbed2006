/** What one invocation of the Worker may still do for webhooks. Its runs and their workers share it. */
export interface RunBudget {
  /** How many times a webhook may be taken. */
  takes: number;
  /** How many requests may be sent to receivers. */
  attempts: number;
  /** Unix ms. No request begins after it. */
  readonly endsAtMs: number;
}

/** The least number of takes: one slow webhook after the other gets its turn. */
const MIN_TAKES = 8;
/** A take reads several events, and has six queries. The paid plan allows 1000 per invocation. */
const ATTEMPTS_PER_TAKE = 8;
const MAX_TAKES = 100;

export function createRunBudget(maxAttempts: number, endsAtMs: number): RunBudget {
  const takes = Math.ceil(maxAttempts / ATTEMPTS_PER_TAKE);
  return {
    takes: Math.min(MAX_TAKES, Math.max(MIN_TAKES, takes)),
    attempts: maxAttempts,
    endsAtMs,
  };
}
