import { beforeEach, describe, expect, it, vi } from 'vitest';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import type { AcmeClient } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { changePolicy, createPolicy, finalize, makeCsr, openWith, order, RULES } from './orders.ts';

captureLog();

let live: LiveWorker;
let client: AcmeClient;
let policyId: string;
let ordered: Received;

const NAMES = ['a.internal.test'];

beforeEach(async () => {
  live = await openWorker();
  policyId = await createPolicy(live, RULES);
  client = await openWith(live, policyId);
  ordered = await order(client, NAMES);
});

async function readStatus(): Promise<unknown> {
  return (await client.post(String(ordered.headers.get('Location')))).json.status;
}

/** Leaves the order as a request does that died after it answered processing. */
async function abandon(csr: string): Promise<void> {
  const der = Uint8Array.fromBase64(csr, { alphabet: 'base64url' }).toBase64();
  await live.db
    .prepare("UPDATE acme_orders SET status = 'processing', csr = ?, processing_until_s = 1")
    .bind(der)
    .run();
}

const runJob = async () =>
  (await live.send('/api/v1/jobs/finish-acme', { method: 'POST' })).json.report;

describe('finalize', () => {
  it('answers processing if signing takes long, and the order becomes valid', async () => {
    const csr = await makeCsr(NAMES);
    const nonce = await client.nonce();
    // The third round trip is the commit: the first reads the order, the second reserves a partition.
    const release = live.counted.holdAt(3);
    const answered = await client.post(
      String(ordered.json.finalize),
      { csr },
      { header: { nonce } },
    );
    expect(answered.status, answered.text).toBe(200);
    expect(answered.json.status).toBe('processing');
    expect(answered.json.certificate).toBeUndefined();
    expect(answered.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(answered.headers.get('Location')).toBe(ordered.headers.get('Location'));
    const waiting = await client.post(String(ordered.headers.get('Location')));
    expect(waiting.json.status).toBe('processing');
    expect(waiting.headers.get('Retry-After')).toMatch(/^\d+$/);
    expectProblem(await finalize(client, ordered, csr), 403, 'orderNotReady');
    release();
    await vi.waitFor(async () => expect(await readStatus()).toBe('valid'), 10_000);
    expect((await countAcme(live)).certificates).toBe(1);
  });
});

describe('finalize, while its certificate is being signed', () => {
  async function finalizeDuring(change: () => Promise<unknown>): Promise<Received> {
    const csr = await makeCsr(NAMES);
    const nonce = await client.nonce();
    const before = live.counted.calls.count;
    const release = live.counted.holdAt(3);
    const other = await openWorker({}, live.db);
    const aside = Object.assign(Object.create(client), { live: other });
    const answer = client.post(String(ordered.json.finalize), { csr }, { header: { nonce } });
    await vi.waitFor(() => expect(live.counted.calls.count).toBe(before + 3));
    client = aside;
    await change();
    release();
    return answer;
  }

  it.each([
    [
      'an authorization is deactivated',
      () => client.post(String(Object(ordered.json.authorizations)[0]), { status: 'deactivated' }),
      403,
      'orderNotReady',
    ],
    [
      'the account is deactivated',
      () => client.post(client.account ?? '', { status: 'deactivated' }),
      401,
      'unauthorized',
    ],
    [
      'the policy is changed',
      () => changePolicy(live, policyId, { dnsNames: [] }),
      400,
      'rejectedIdentifier',
    ],
  ])('gives no certificate if %s', async (_, change, status, type) => {
    expectProblem(await finalizeDuring(change), status, type);
    expect((await countAcme(live)).certificates).toBe(0);
  });
});

describe('an order that a dead request left', () => {
  it('is issued by the job, once', async () => {
    await abandon(await makeCsr(NAMES));
    expect(await readStatus()).toBe('processing');
    const reports = await Promise.all([runJob(), runJob()]);
    expect(reports).toContainEqual({ validations: 0, orders: 1, failed: 0 });
    expect(await readStatus()).toBe('valid');
    expect((await countAcme(live)).certificates).toBe(1);
    expect(await runJob()).toEqual({ validations: 0, orders: 0, failed: 0 });
  });

  it('is left to its request until that has surely ended, but not if a clock that was ahead says when', async () => {
    await abandon(await makeCsr(NAMES));
    const endAfter = (seconds: number) =>
      live.db
        .prepare('UPDATE acme_orders SET processing_until_s = ?')
        .bind(Math.floor(Date.now() / 1000) + seconds)
        .run();
    await endAfter(60);
    expect(await runJob()).toEqual({ validations: 0, orders: 0, failed: 0 });
    await endAfter(86_400);
    expect(await runJob()).toEqual({ validations: 0, orders: 1, failed: 0 });
    expect(await readStatus()).toBe('valid');
  });

  it('is invalid with the reason if it cannot be issued any more', async () => {
    await abandon(await makeCsr(NAMES));
    await changePolicy(live, policyId, { dnsNames: [] });
    expect(await runJob()).toEqual({ validations: 0, orders: 1, failed: 0 });
    const { json } = await client.post(String(ordered.headers.get('Location')));
    expect(json).toMatchObject({
      status: 'invalid',
      error: {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        detail: expect.stringContaining('a.internal.test'),
      },
    });
    expect((await countAcme(live)).certificates).toBe(0);
  });

  it('is not issued for an account that was deactivated', async () => {
    await abandon(await makeCsr(NAMES));
    await client.post(client.account ?? '', { status: 'deactivated' });
    expect(await runJob()).toEqual({ validations: 0, orders: 1, failed: 0 });
    expect((await countAcme(live)).certificates).toBe(0);
    const row = await live.db.prepare('SELECT status, processing_until_s FROM acme_orders').first();
    expect(row).toEqual({ status: 'invalid', processing_until_s: null });
  });

  it('is invalid if an authorization was deactivated meanwhile', async () => {
    await abandon(await makeCsr(NAMES));
    const [url] = Object(ordered.json.authorizations);
    await client.post(String(url), { status: 'deactivated' });
    expect(await runJob()).toEqual({ validations: 0, orders: 1, failed: 0 });
    expect(await readStatus()).toBe('invalid');
    expect((await countAcme(live)).certificates).toBe(0);
  });

  it('is tried again by a later run if the database fails', async () => {
    await abandon(await makeCsr(NAMES));
    // Before the job there is the check of the caller's grant.
    live.counted.failAt(5, 'before');
    const first = await live.send('/api/v1/jobs/finish-acme', { method: 'POST' });
    expect(first.json.report ?? first.json.status).not.toMatchObject({ failed: 0 });
    await live.db.prepare('UPDATE acme_orders SET processing_until_s = 1').run();
    expect(await runJob()).toMatchObject({ orders: 1, failed: 0 });
    expect(await readStatus()).toBe('valid');
  });
});

describe('the job clean-up', () => {
  it('deletes orders and authorizations that have expired, and keeps the others', async () => {
    await finalize(client, ordered, await makeCsr(NAMES));
    await order(client, NAMES);
    const old = await order(client, NAMES);
    const oldId = String(old.headers.get('Location')).split('/').at(-1) ?? '';
    for (const table of ['acme_orders', 'acme_authorizations']) {
      const column = table === 'acme_orders' ? 'id' : 'order_id';
      await live.db
        .prepare(`UPDATE ${table} SET expires_at_s = 1, delete_after_s = 1 WHERE ${column} = ?`)
        .bind(oldId)
        .run();
    }
    const { json } = await live.send('/api/v1/jobs/clean-up', { method: 'POST' });
    expect(json.report).toMatchObject({ acmeOrders: 1, acmeAuthorizations: 1, more: false });
    expect(await countAcme(live)).toMatchObject({ acme_orders: 2, acme_authorizations: 2 });
    expectProblem(await client.post(String(old.headers.get('Location'))), 404, 'malformed');
  });

  it('keeps an order with a certificate for longer than its authorizations', async () => {
    await finalize(client, ordered, await makeCsr(NAMES));
    const row = await live.db
      .prepare(
        `SELECT acme_orders.delete_after_s - certificates.not_after_s AS order_days,
  acme_authorizations.delete_after_s - certificates.not_after_s AS authorization_days
FROM acme_orders, acme_authorizations, certificates`,
      )
      .first();
    expect(row).toEqual({ order_days: 30 * 86400, authorization_days: 0 });
    await live.db.prepare('DELETE FROM acme_authorizations').run();
    const { json } = await client.post(String(ordered.headers.get('Location')));
    expect(json).toMatchObject({ status: 'valid', authorizations: [] });
  });
});
