import { type RandomBytes, randomUuid } from '../access/random-text.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { Post } from '../net/post.ts';
import { describeEvent, type WebhookEvent, wants } from './describe-event.ts';
import {
  beginTurn,
  cancelTurn,
  createRunBudget,
  endTurn,
  type RunBudget,
  reserveTurn,
  type Turn,
} from './run-budget.ts';
import { decodeSecrets, type WebhookSecrets } from './secrets.ts';
import { type Attempt, sendEvent } from './send-event.ts';
import type { DeliveryStore, RunOutcome, TakenWebhook } from './store.ts';
import { type Delivery, webhookRecordId } from './webhook.ts';

export interface DeliverDependencies {
  readonly store: DeliveryStore;
  readonly sealer: Sealer;
  readonly post: Post;
  /** Requests to receivers in one invocation. The free plan allows 50, with those to the resolver. */
  readonly maxAttempts: number;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  /** Tells the operator of what kept a webhook from being handled. */
  readonly writeProblem: (webhookId: string, error: unknown) => void;
}

export interface DeliverReport {
  readonly webhooks: number;
  readonly delivered: number;
  readonly failed: number;
  readonly disabled: number;
  /** Deliveries that were deleted because of their age. */
  readonly deleted: number;
}

/** At once. A webhook that does not answer keeps one of them busy, not the others. */
const WORKERS = 4;
/** How long a run of the job begins requests. */
const RUN_MS = 40_000;
/** Longer than a run can take: when a lease ends, its run has ended too. */
const LEASE_MS = 120_000;

const MAX_RETRIES = 20;
/** Entries of the audit record that a run reads, most of which need no request. */
const MIN_ENTRIES = 200;
/** After so many events that failed in a row, a webhook is left alone: its receiver is down. */
const MAX_FAILED = 2;

const RETRY_SECONDS = [60, 300, 900, 3600];
const DAY_MS = 86_400_000;
/** A webhook whose deliveries have failed for so long is disabled. */
const DISABLE_MS = 3 * DAY_MS;
const KEPT_MS = 30 * DAY_MS;
const MAX_DELETED = 1000;

/** The run of the job. It ends before cron starts the next one. */
export function runDeliveries(dependencies: DeliverDependencies): Promise<DeliverReport> {
  const { maxAttempts, clock } = dependencies;
  return deliverWebhooks(dependencies, createRunBudget(maxAttempts, clock() + RUN_MS));
}

/**
 * Delivers events. Several calls may run at the same time, each with other webhooks. The webhook that was
 * handled the longest time ago is next, and gets its share of the budget. Then it is the last in the line.
 *
 * Events are sent for the first time in the order of the audit record. One that fails is tried again for
 * a day, and does not keep the next ones back, unless the receiver is down: then they wait in the record.
 */
export async function deliverWebhooks(
  dependencies: DeliverDependencies,
  budget: RunBudget,
): Promise<DeliverReport> {
  const { store, clock, randomBytes, writeProblem } = dependencies;
  const lease = randomUuid(randomBytes);
  const total = { webhooks: 0, delivered: 0, failed: 0, disabled: 0 };

  async function work(): Promise<void> {
    while (reserveTurn(budget, clock())) {
      const nowMs = clock();
      const taken = await store.takeDue(lease, nowMs, nowMs + LEASE_MS);
      if (taken === null) {
        cancelTurn(budget);
        return;
      }
      total.webhooks++;
      const turn = beginTurn(budget, taken.waiting, WORKERS, nowMs);
      try {
        const outcome = await serve(dependencies, taken, lease, turn);
        const ended = outcome.deliveries.filter(({ state }) => state === 'delivered').length;
        total.delivered += ended;
        total.failed += outcome.deliveries.length - ended;
        if (outcome.disable !== null) total.disabled++;
      } catch (error) {
        // The lease keeps the webhook from being taken again at once.
        writeProblem(taken.webhook.id, error);
      } finally {
        endTurn(budget, turn);
      }
    }
  }

  await Promise.all(Array.from({ length: WORKERS }, work));
  const deleted = await store.deleteDeliveries(clock() - KEPT_MS, MAX_DELETED);
  return { ...total, deleted };
}

interface Item {
  readonly event: WebhookEvent;
  /** Null for the first attempt. */
  readonly former: Delivery | null;
}

async function serve(
  dependencies: DeliverDependencies,
  taken: TakenWebhook,
  lease: string,
  turn: Turn,
): Promise<RunOutcome> {
  const { store, sealer, clock } = dependencies;
  const { webhook } = taken;
  const opened = await sealer.open(webhookRecordId(webhook), taken.sealedSecrets);
  const entries = Math.max(MIN_ENTRIES, dependencies.maxAttempts);
  const pending = await store.readPending(taken, clock(), { retries: MAX_RETRIES, entries });
  const lost = pending.retries
    .filter(({ event }) => event === null)
    .map(({ delivery }) => giveUp(delivery, 'The audit record has no such event.', clock()));
  const items: Item[] = [
    ...pending.retries.flatMap(({ delivery, event }) => {
      const described = event === null ? null : describeEvent(event);
      return described === null ? [] : [{ event: described, former: delivery }];
    }),
    ...pending.events.flatMap((event) => {
      const described = describeEvent(event);
      return described !== null && wants(webhook, described)
        ? [{ event: described, former: null }]
        : [];
    }),
  ];
  const sent = await sendAll(dependencies, taken, decodeSecrets(opened), items, turn);
  const outcome: RunOutcome = {
    ...sent,
    deliveries: [...lost, ...sent.deliveries],
    position: sent.stoppedBefore === null ? pending.readThrough : sent.stoppedBefore - 1,
  };
  await store.finishRun(webhook.id, lease, outcome);
  return outcome;
}

/** Sends one event after the other, until the receiver is down or the turn is over. */
async function sendAll(
  { post, clock, randomBytes }: DeliverDependencies,
  { webhook, position, failedPositions }: TakenWebhook,
  secrets: WebhookSecrets,
  items: readonly Item[],
  turn: Turn,
): Promise<
  Pick<RunOutcome, 'deliveries' | 'dueAtMs' | 'failingSinceMs' | 'disable'> & {
    readonly stoppedBefore: number | null;
  }
> {
  const deliveries: Delivery[] = [];
  const failed = new Set(failedPositions);
  let isDown = false;
  let { failingSinceMs } = webhook;
  let stoppedBefore: number | null = null;
  let reason: string | null = null;
  for (const { event, former } of items) {
    const isOver = clock() > turn.endsAtMs || turn.attempts <= 0;
    if (isOver || isDown || reason !== null) {
      // Retries stay due by themselves.
      if (former !== null) continue;
      stoppedBefore = Math.max(event.position, position + 1);
      break;
    }
    turn.attempts--;
    const attempt = await sendEvent({ post, clock }, webhook.url, secrets, event);
    const delivery = record(event, former, attempt, clock());
    deliveries.push(delivery);
    if (delivery.state === 'delivered') {
      failed.clear();
      failingSinceMs = null;
      continue;
    }
    failed.add(event.position);
    isDown = failed.size >= MAX_FAILED;
    failingSinceMs ??= delivery.lastAtMs;
    if (attempt.status === 410) reason = 'The receiver answered 410 Gone.';
    if (delivery.lastAtMs - failingSinceMs >= DISABLE_MS) {
      reason = `All deliveries have failed since ${new Date(failingSinceMs).toISOString()}.`;
    }
  }
  const nowMs = clock();
  // One that could send nothing remains the first in the line.
  const endOfLineMs = items.length > 0 && deliveries.length === 0 ? 0 : nowMs;
  return {
    deliveries,
    stoppedBefore,
    failingSinceMs,
    dueAtMs: isDown ? findNextAttempt(deliveries, nowMs) : endOfLineMs,
    disable:
      reason === null
        ? null
        : {
            reason,
            audit: {
              ...{ atMs: nowMs, accountId: webhook.accountId, actor: 'job' },
              ...{ action: 'webhook.disable', outcome: 'done', authorityId: null },
              ...{ target: webhook.id, detail: { reason } },
              request: { requestId: randomUuid(randomBytes), remoteAddress: null, country: null },
            },
          },
  };
}

function findNextAttempt(deliveries: readonly Delivery[], nowMs: number): number {
  const next = deliveries.flatMap(({ nextAtMs }) => (nextAtMs === null ? [] : [nextAtMs]));
  return next.length === 0 ? nowMs + 1000 * (RETRY_SECONDS.at(-1) ?? 0) : Math.min(...next);
}

function record(
  { position, atMs, type }: WebhookEvent,
  former: Delivery | null,
  { status, error }: Attempt,
  nowMs: number,
): Delivery {
  const attempts = (former?.attempts ?? 0) + 1;
  const firstAtMs = former?.firstAtMs ?? nowMs;
  const common = { position, atMs, type, attempts, status, error, firstAtMs, lastAtMs: nowMs };
  if (error === null) return { ...common, state: 'delivered', nextAtMs: null };
  const delay = RETRY_SECONDS[attempts - 1] ?? RETRY_SECONDS.at(-1) ?? 0;
  const nextAtMs = nowMs + 1000 * delay;
  return nextAtMs > firstAtMs + DAY_MS
    ? { ...common, state: 'failed', nextAtMs: null }
    : { ...common, state: 'retrying', nextAtMs };
}

function giveUp(delivery: Delivery, error: string, nowMs: number): Delivery {
  return { ...delivery, state: 'failed', error, lastAtMs: nowMs, nextAtMs: null };
}
