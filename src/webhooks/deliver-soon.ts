import { isWithin } from '../wait.ts';
import { createRunBudget, type RunBudget } from './run-budget.ts';

export interface DeliverSoonDependencies {
  hasWebhooks(): Promise<boolean>;
  deliver(budget: RunBudget): Promise<unknown>;
  /** Requests to receivers in one invocation. */
  readonly maxAttempts: number;
  /** Keeps a promise running after the request that started it has ended. */
  readonly keepAlive: (promise: Promise<unknown>) => void;
  readonly wait: (ms: number) => Promise<void>;
  /** Unix ms. */
  readonly clock: () => number;
}

/** How long an isolate believes that there is no webhook. Cron delivers each minute anyway. */
const BELIEVED_MS = 60_000;
/** Between two runs of an isolate. */
const PAUSE_MS = 2000;
const MAX_RUNS = 5;
/** With the last request, this is within the 30 s after which the platform stops it without a notice. */
const RUNS_MS = 18_000;
/** When the platform has surely stopped what a request left running. */
const STOPPED_MS = 60_000;

/**
 * Creates the function that delivers events soon after a request that may have caused some. The answer of
 * the request does not wait for it, and an isolate makes one run at a time. What it leaves, cron delivers.
 * The function takes whether the request was about webhooks: then there is one now, whatever the isolate
 * believed.
 */
export function createDeliverSoon({
  hasWebhooks,
  deliver,
  maxAttempts,
  keepAlive,
  wait,
  clock,
}: DeliverSoonDependencies): (isAboutWebhooks: boolean) => void {
  let startedAtMs: number | null = null;
  let isAskedAgain = false;
  /** When this isolate saw last that there is no webhook. */
  let noneAtMs: number | null = null;

  async function run(): Promise<void> {
    const budget = createRunBudget(maxAttempts, clock() + RUNS_MS);
    for (let runs = 0; runs < MAX_RUNS; runs++) {
      if (runs > 0) await wait(PAUSE_MS);
      if (budget.attempts <= 0 || clock() >= budget.endsAtMs) return;
      if (!(await hasWebhooks())) {
        noneAtMs = clock();
        return;
      }
      isAskedAgain = false;
      await deliver(budget);
      if (!isAskedAgain) return;
    }
  }

  return function deliverSoon(isAboutWebhooks) {
    const nowMs = clock();
    if (isAboutWebhooks) noneAtMs = null;
    if (isWithin(noneAtMs, BELIEVED_MS, nowMs)) return;
    isAskedAgain = true;
    if (isWithin(startedAtMs, STOPPED_MS, nowMs)) return;
    startedAtMs = nowMs;
    keepAlive(
      run()
        .catch(() => {})
        .finally(() => {
          startedAtMs = null;
        }),
    );
  };
}
