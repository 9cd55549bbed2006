import { describe, expect, it, vi } from 'vitest';
import { createDeliverSoon } from '../../src/webhooks/deliver-soon.ts';
import type { RunBudget } from '../../src/webhooks/run-budget.ts';

function open(answer: { has: boolean }) {
  const state = { nowMs: 0, asked: 0, runs: 0 };
  const budgets: RunBudget[] = [];
  const kept: Promise<unknown>[] = [];
  /** What happens during the first run, the second run and so on. */
  const duringRun: (() => void | Promise<void>)[] = [];
  const deliverSoon = createDeliverSoon({
    async hasWebhooks() {
      state.asked++;
      return answer.has;
    },
    async deliver(budget) {
      budgets.push(budget);
      state.runs++;
      await duringRun.shift()?.();
    },
    maxAttempts: 10,
    keepAlive: (promise) => kept.push(promise),
    wait: async () => {},
    clock: () => state.nowMs,
  });
  return { state, budgets, duringRun, deliverSoon, settle: () => Promise.all(kept) };
}

describe('createDeliverSoon', () => {
  it('asks once a minute while there is no webhook', async () => {
    const { state, deliverSoon, settle } = open({ has: false });
    deliverSoon(false);
    await settle();
    deliverSoon(false);
    await settle();
    expect(state).toMatchObject({ asked: 1, runs: 0 });
    state.nowMs = 60_000;
    deliverSoon(false);
    await settle();
    expect(state).toMatchObject({ asked: 2, runs: 0 });
  });

  it('asks again after the clock was set back', async () => {
    const { state, deliverSoon, settle } = open({ has: false });
    state.nowMs = 7_200_000;
    deliverSoon(false);
    await settle();
    state.nowMs = 0;
    deliverSoon(false);
    await settle();
    expect(state).toMatchObject({ asked: 2, runs: 0 });
  });

  it('runs again after the clock was set back, although the platform has stopped a run', async () => {
    const { state, duringRun, deliverSoon } = open({ has: true });
    state.nowMs = 7_200_000;
    const stopped = Promise.withResolvers<void>();
    duringRun.push(() => stopped.promise);
    deliverSoon(false);
    await vi.waitUntil(() => state.runs === 1);
    state.nowMs = 0;
    deliverSoon(false);
    await vi.waitUntil(() => state.runs === 2);
    stopped.resolve();
  });

  it('asks at once after a request about webhooks', async () => {
    const answer = { has: false };
    const { state, deliverSoon, settle } = open(answer);
    deliverSoon(false);
    await settle();
    answer.has = true;
    deliverSoon(true);
    await settle();
    expect(state).toMatchObject({ asked: 2, runs: 1 });
  });

  it('makes one run for requests at once', async () => {
    const { state, deliverSoon, settle } = open({ has: true });
    deliverSoon(false);
    deliverSoon(false);
    await settle();
    expect(state.runs).toBe(1);
    deliverSoon(false);
    await settle();
    expect(state.runs).toBe(2);
  });

  it('makes one more run for requests during a run, which may have read the record before', async () => {
    const { state, duringRun, deliverSoon, settle } = open({ has: true });
    duringRun.push(() => {
      deliverSoon(false);
      deliverSoon(false);
    });
    deliverSoon(false);
    await settle();
    expect(state.runs).toBe(2);
  });

  it('starts no run when the platform may stop it', async () => {
    const { state, duringRun, deliverSoon, settle } = open({ has: true });
    duringRun.push(() => {
      state.nowMs += 18_000;
      deliverSoon(false);
    });
    deliverSoon(false);
    await settle();
    expect(state.runs).toBe(1);
  });

  it('gives the runs of one invocation one budget', async () => {
    const { budgets, duringRun, deliverSoon, settle } = open({ has: true });
    duringRun.push(() => deliverSoon(false));
    deliverSoon(false);
    await settle();
    expect(budgets).toHaveLength(2);
    expect(new Set(budgets).size).toBe(1);
    expect(budgets[0]).toMatchObject({ attempts: 10, endsAtMs: 18_000 });
  });
});
