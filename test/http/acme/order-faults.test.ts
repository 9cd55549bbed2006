import { describe, expect, it } from 'vitest';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import type { AcmeClient } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { finalize, makeCsr, obtain, openBound, order } from './orders.ts';

captureLog();

const NAMES = ['a.internal.test', 'b.internal.test'];

/** How many round trips each step of an order takes. */
const STEPS = { order: 1, finalize: 2, read: 1, download: 1 };

async function openWarm(): Promise<{ live: LiveWorker; client: AcmeClient }> {
  const live = await openWorker();
  const client = await openBound(live);
  await obtain(client, NAMES);
  return { live, client };
}

type Step = keyof typeof STEPS;

const CASES = Object.entries(STEPS).flatMap(([step, trips]) =>
  Array.from({ length: trips }, (_, i) => i + 1).flatMap(
    (trip) =>
      [
        [step, trip, 'before'],
        [step, trip, 'after'],
      ] as const,
  ),
);

describe('a database that fails', () => {
  it.each(CASES)('at %s, round trip %i, %s it has written', async (name, trip, when) => {
    const { live, client } = await openWarm();
    const before = await countAcme(live);
    const csr = await makeCsr(NAMES);
    let nonce = await client.nonce();
    const results = new Map<string, Received>();
    const steps: Readonly<Record<Step, () => Promise<Received>>> = {
      order: () => {
        const identifiers = NAMES.map((value) => ({ type: 'dns', value }));
        return post(`${client.base}/new-order`, { identifiers });
      },
      finalize: () => post(String(results.get('order')?.json.finalize), { csr }),
      read: () => post(String(results.get('order')?.headers.get('Location'))),
      download: () => post(String(results.get('read')?.json.certificate)),
    };
    async function post(url: string, payload?: unknown): Promise<Received> {
      const answer = await client.post(url, payload, { header: { nonce } });
      nonce = answer.headers.get('Replay-Nonce') ?? '';
      return answer;
    }

    for (const [step, send] of Object.entries(steps)) {
      if (step === name) {
        live.counted.failAt(trip, when);
        expectProblem(await send(), 503, 'serverInternal');
      }
      const answer = await send();
      const isDone = step === name && step === 'finalize' && trip === 2 && when === 'after';
      if (isDone) expectProblem(answer, 403, 'orderNotReady');
      else expect(answer.status, answer.text).toBeLessThan(300);
      results.set(step, answer);
    }

    expect(results.get('read')?.json.status).toBe('valid');
    expect(results.get('download')?.text).toContain('BEGIN CERTIFICATE');
    const after = await countAcme(live);
    // An order whose answer was lost stays, and expires.
    const lost = name === 'order' && when === 'after' ? 1 : 0;
    expect(after).toEqual({
      ...before,
      acme_orders: Number(before.acme_orders) + 1 + lost,
      acme_authorizations: Number(before.acme_authorizations) + 2 * (1 + lost),
      certificates: Number(before.certificates) + 1,
      audit_events: Number(before.audit_events) + 1,
    });
  });

  it('takes as many round trips as the cases above say', async () => {
    const { live, client } = await openWarm();
    const count = async (send: () => Promise<Received>) => {
      const nonce = await client.nonce();
      expect(nonce).not.toBe('');
      const before = live.counted.calls.count;
      const answer = await send();
      return [answer, live.counted.calls.count - before] as const;
    };
    const [ordered, ofOrder] = await count(() => order(client, NAMES));
    const csr = await makeCsr(NAMES);
    const [finalized, ofFinalize] = await count(() => finalize(client, ordered, csr));
    const [, ofRead] = await count(() => client.post(String(ordered.headers.get('Location'))));
    const [, ofDownload] = await count(() => client.post(String(finalized.json.certificate)));
    expect({ order: ofOrder, finalize: ofFinalize, read: ofRead, download: ofDownload }).toEqual(
      STEPS,
    );
  });
});
