/** What one invocation of the Worker may still do for webhooks. Its runs and their workers share it. */
export interface RunBudget {
  /** How many times a webhook may be taken. */
  takes: number;
  /** How many requests may be sent to receivers. */
  attempts: number;
  /** How many webhooks wait for their first turn in this round. 0 begins a new round. */
  turns: number;
  /** Unix ms. No request begins after it. */
  readonly endsAtMs: number;
}

/** A take has four queries, or five if an event is sent again. The free plan allows 50 per invocation. */
const MIN_TAKES = 10;
/** The paid plan allows 1000 queries per invocation. */
const MAX_TAKES = 120;
/** With the default of 30 attempts, each of an account's 20 webhooks is taken in each run. */
const ATTEMPTS_PER_TAKE = 1.5;

export function createRunBudget(maxAttempts: number, endsAtMs: number): RunBudget {
  const takes = Math.ceil(maxAttempts / ATTEMPTS_PER_TAKE);
  return {
    takes: Math.min(MAX_TAKES, Math.max(MIN_TAKES, takes)),
    attempts: maxAttempts,
    turns: 0,
    endsAtMs,
  };
}

/** What the webhook that a worker has taken may use. */
export interface Turn {
  /** How many requests may be sent to its receiver. */
  attempts: number;
  /** Unix ms. No request begins after it. */
  readonly endsAtMs: number;
}

/** Enough to read the record and to begin a request. */
const MIN_TURN_MS = 1000;
/** A run writes at least so often what it has done. */
const MAX_TURN_MS = 20_000;

/** Keeps a request for the webhook that a worker is about to take. Returns false if the run is over. */
export function reserveTurn(budget: RunBudget, nowMs: number): boolean {
  if (budget.takes <= 0 || budget.attempts <= 0 || nowMs >= budget.endsAtMs) return false;
  budget.takes--;
  budget.attempts--;
  return true;
}

/** Gives the request back because no webhook waits. */
export function cancelTurn(budget: RunBudget): void {
  budget.attempts++;
  budget.turns = 0;
}

/**
 * Takes a webhook's share out of the budget: as many requests and as much time as is left for each of
 * those that wait. `endTurn` gives back what it did not use.
 * @param waiting how many other webhooks wait
 * @param workers how many webhooks are handled at once
 */
export function beginTurn(
  budget: RunBudget,
  waiting: number,
  workers: number,
  nowMs: number,
): Turn {
  if (budget.turns === 0) budget.turns = waiting + 1;
  const turns = Math.min(budget.turns, budget.takes + 1);
  budget.turns--;
  const attempts = Math.max(1, Math.floor((budget.attempts + 1) / turns));
  budget.attempts -= attempts - 1;
  const shareMs = (budget.endsAtMs - nowMs) / (1 + (turns - 1) / workers);
  const turnMs = Math.max(MIN_TURN_MS, Math.min(MAX_TURN_MS, shareMs));
  return { attempts, endsAtMs: Math.min(budget.endsAtMs, nowMs + turnMs) };
}

export function endTurn(budget: RunBudget, turn: Turn): void {
  budget.attempts += turn.attempts;
  turn.attempts = 0;
}
