import { describe, expect, it } from 'vitest';
import { createDeliverSoon } from '../../src/webhooks/deliver-soon.ts';

function open(answer: { has: boolean }) {
  const state = { nowMs: 0, asked: 0, runs: 0 };
  const kept: Promise<unknown>[] = [];
  const deliverSoon = createDeliverSoon({
    async hasWebhooks() {
      state.asked++;
      return answer.has;
    },
    async deliver() {
      state.runs++;
    },
    keepAlive: (promise) => kept.push(promise),
    wait: async () => {},
    clock: () => state.nowMs,
  });
  return { state, deliverSoon, settle: () => Promise.all(kept) };
}

describe('createDeliverSoon', () => {
  it('asks once a minute while there is no webhook', async () => {
    const { state, deliverSoon, settle } = open({ has: false });
    deliverSoon();
    await settle();
    deliverSoon();
    await settle();
    expect(state).toMatchObject({ asked: 1, runs: 0 });
    state.nowMs = 60_000;
    deliverSoon();
    await settle();
    expect(state).toMatchObject({ asked: 2, runs: 0 });
  });

  it('makes one run for requests at once, and one more for those meanwhile', async () => {
    const { state, deliverSoon, settle } = open({ has: true });
    deliverSoon();
    // The first run may have read the record before these committed.
    deliverSoon();
    deliverSoon();
    await settle();
    expect(state.runs).toBeGreaterThanOrEqual(1);
    expect(state.runs).toBeLessThanOrEqual(2);
    deliverSoon();
    await settle();
    expect(state.runs).toBeLessThanOrEqual(3);
  });
});
