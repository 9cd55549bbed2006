import { afterEach, describe, expect, it, vi } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { encodeBase64url } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import type { AcmeClient } from './acme-client.ts';
import { makeChallengeText } from './challenge-text.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { finalize, makeCsr, obtain, openBound, order } from './orders.ts';
import { mockResolver } from './resolver.ts';

captureLog();
afterEach(() => {
  vi.restoreAllMocks();
});

const NAME = 'a.proven.test';
/** A trip that fails, and the challenge when the client asks again. */
const CHALLENGE_CASES = [
  [1, 'before', 'valid'],
  [1, 'after', 'processing'],
  [2, 'before', 'processing'],
  [2, 'after', 'valid'],
] as const;
const REVOCATION_CASES = [
  [1, 'before', 200],
  [1, 'after', 200],
  [2, 'before', 200],
  // It was done, and only the answer was lost.
  [2, 'after', 400],
] as const;

interface Pending {
  readonly live: LiveWorker;
  readonly client: AcmeClient;
  readonly ordered: Received;
  /** The URL of its dns-01 challenge, whose record is there. */
  readonly challenge: string;
}

async function openPending(): Promise<Pending> {
  const live = await openWorker();
  const client = await openBound(live);
  const ordered = await order(client, [NAME]);
  const { json } = await client.post(String(Object(ordered.json.authorizations)[0]));
  const challenges: { readonly type: string; readonly url: string; readonly token: string }[] =
    Object(json.challenges);
  const challenge = challenges.find(({ type }) => type === 'dns-01');
  const text = await makeChallengeText(client, challenge?.token);
  mockResolver(new Map([[`_acme-challenge.${NAME}`, text]]));
  return { live, client, ordered, challenge: String(challenge?.url) };
}

/** Lets the job take over what requests have begun. */
async function finishLater(live: LiveWorker): Promise<void> {
  const later = Date.now() + 61_000;
  const clock = vi.spyOn(Date, 'now').mockReturnValue(later);
  const { status, text } = await live.send('/api/v1/jobs/finish-acme', { method: 'POST' });
  clock.mockRestore();
  expect(status, text).toBe(200);
}

describe('a database that fails at a challenge', () => {
  it.each(CHALLENGE_CASES)('at round trip %i, %s it has written', async (trip, when, status) => {
    const { live, client, ordered, challenge } = await openPending();
    const nonce = await client.nonce();
    live.counted.failAt(trip, when);
    const failed = await client.post(challenge, {}, { header: { nonce } });
    expectProblem(failed, 503, 'serverInternal');
    const next = failed.headers.get('Replay-Nonce');
    const again = await client.post(challenge, {}, { header: { nonce: next } });
    expect(again.json.status, again.text).toBe(status);

    if (status === 'processing') await finishLater(live);
    const { json } = await client.post(String(ordered.headers.get('Location')));
    expect(json.status).toBe('ready');
    const finalized = await finalize(client, ordered, await makeCsr([NAME]));
    expect(finalized.json.status, finalized.text).toBe('valid');
  });

  it('takes as many round trips as the cases above say', async () => {
    const { live, client, challenge } = await openPending();
    const nonce = await client.nonce();
    const before = live.counted.calls.count;
    await client.post(challenge, {}, { header: { nonce } });
    expect(live.counted.calls.count - before).toBe(CHALLENGE_CASES.length / 2);
  });
});

describe('a database that fails at a revocation', () => {
  async function openRevocation() {
    const live = await openWorker();
    const client = await openBound(live);
    const { pem } = await obtain(client, ['a.internal.test']);
    const [leaf] = parsePem(pem);
    if (leaf === undefined) throw new Error('no certificate');
    const nonce = await client.nonce();
    const send = (nonce: string | null) =>
      client.post(
        `${client.base}/revoke-cert`,
        { certificate: encodeBase64url(leaf.der) },
        { header: { nonce } },
      );
    return { live, nonce, send };
  }

  it.each(REVOCATION_CASES)('at round trip %i, %s it has written', async (trip, when, status) => {
    const { live, nonce, send } = await openRevocation();
    const before = await countAcme(live);
    live.counted.failAt(trip, when);
    const failed = await send(nonce);
    expectProblem(failed, 503, 'serverInternal');
    const again = await send(failed.headers.get('Replay-Nonce'));
    if (status === 400) expectProblem(again, 400, 'alreadyRevoked');
    else expect(again.status, again.text).toBe(200);
    expect(await countAcme(live)).toEqual({
      ...before,
      revocations: Number(before.revocations) + 1,
      audit_events: Number(before.audit_events) + 1,
    });
  });

  it('takes as many round trips as the cases above say', async () => {
    const { live, nonce, send } = await openRevocation();
    const before = live.counted.calls.count;
    await send(nonce);
    expect(live.counted.calls.count - before).toBe(REVOCATION_CASES.length / 2);
  });
});
