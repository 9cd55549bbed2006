import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import type { AcmeClient } from './acme-client.ts';
import { makeChallengeText } from './challenge-text.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { finalize, makeCsr, openBound, order } from './orders.ts';
import { mockResolver } from './resolver.ts';

captureLog();

const NAME = 'a.proven.test';

let live: LiveWorker;
let client: AcmeClient;
let texts: Map<string, string | Promise<string>>;

beforeEach(async () => {
  live = await openWorker();
  client = await openBound(live);
  texts = new Map();
  mockResolver(texts);
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function readAuthorization({ json }: Received, index = 0): Promise<Received> {
  return client.post(String(Object(json.authorizations)[index]));
}

function findChallenge({ json }: Received, type: string): Readonly<Record<string, unknown>> {
  const found = Object(json.challenges).find((each: { type: string }) => each.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found;
}

async function fulfil(challenge: Readonly<Record<string, unknown>>, name = NAME): Promise<void> {
  texts.set(`_acme-challenge.${name}`, await makeText(challenge));
}

const makeText = ({ token }: Readonly<Record<string, unknown>>) => makeChallengeText(client, token);

async function listEvents(): Promise<unknown[]> {
  const { results } = await live.db
    .prepare(
      "SELECT action, outcome, detail FROM audit_events WHERE action LIKE 'acme-authorization.%' ORDER BY rowid",
    )
    .all<{ action: string; outcome: string; detail: string }>();
  return results.map(({ action, outcome, detail }) => [action, outcome, JSON.parse(detail)]);
}

describe('an order for names that have to be proven', () => {
  it('is pending, ready after the challenge, and valid after finalize', async () => {
    const ordered = await order(client, [NAME]);
    expect(ordered.json.status).toBe('pending');
    const csr = await makeCsr([NAME]);
    expectProblem(await finalize(client, ordered, csr), 403, 'orderNotReady');

    const authorization = await readAuthorization(ordered);
    expect(authorization.json).toMatchObject({
      status: 'pending',
      identifier: { type: 'dns', value: NAME },
      challenges: [{ type: 'http-01' }, { type: 'dns-01' }, { type: 'tls-alpn-01' }],
    });
    const challenge = findChallenge(authorization, 'dns-01');
    expect(challenge).toMatchObject({ status: 'pending', token: expect.stringMatching(/^.{43}$/) });
    await fulfil(challenge);
    const answered = await client.post(String(challenge.url), {});
    expect(answered.status, answered.text).toBe(200);
    expect(answered.json).toEqual({
      ...challenge,
      status: 'valid',
      validated: expect.stringMatching(/Z$/),
    });
    const up = `<${Object(ordered.json.authorizations)[0]}>;rel="up"`;
    expect(answered.headers.get('Link')).toContain(up);
    expect(answered.headers.get('Retry-After')).toBeNull();

    expect((await readAuthorization(ordered)).json).toMatchObject({
      status: 'valid',
      challenges: [answered.json],
    });
    const url = String(ordered.headers.get('Location'));
    expect((await client.post(url)).json.status).toBe('ready');
    expect((await finalize(client, ordered, csr)).json.status).toBe('valid');
    expect(await listEvents()).toEqual([
      ['acme-authorization.validate', 'done', { name: NAME, challenge: 'dns-01' }],
    ]);
  });

  it('is invalid after a challenge that failed, with the reason at the challenge', async () => {
    const ordered = await order(client, [NAME, 'a.internal.test']);
    const challenge = findChallenge(await readAuthorization(ordered), 'dns-01');
    const answered = await client.post(String(challenge.url), {});
    expect(answered.status).toBe(200);
    expect(answered.json).toEqual({
      ...challenge,
      status: 'invalid',
      error: {
        type: 'urn:ietf:params:acme:error:unauthorized',
        detail: expect.stringContaining('has no TXT record'),
        status: 403,
      },
    });
    expect((await readAuthorization(ordered)).json).toMatchObject({
      status: 'invalid',
      challenges: [{ type: 'dns-01', status: 'invalid' }],
    });
    const url = String(ordered.headers.get('Location'));
    expect((await client.post(url)).json.status).toBe('invalid');
    expect(await listEvents()).toEqual([
      [
        'acme-authorization.validate',
        'refused',
        { name: NAME, challenge: 'dns-01', reason: 'unauthorized' },
      ],
    ]);
    await fulfil(challenge);
    expect((await client.post(String(challenge.url), {})).json.status).toBe('invalid');
  });

  it('offers only dns-01 for wildcards, and http-01 and tls-alpn-01 for IP addresses', async () => {
    const ordered = await order(client, ['*.b.proven.test', '2001:db8::5']);
    const [wildcard, address] = [
      await readAuthorization(ordered, 0),
      await readAuthorization(ordered, 1),
    ];
    const typesOf = ({ json }: Received) =>
      Object(json.challenges).map(({ type }: { type: string }) => type);
    expect(wildcard.json).toMatchObject({ wildcard: true, identifier: { value: 'b.proven.test' } });
    expect(typesOf(wildcard)).toEqual(['dns-01']);
    expect(typesOf(address)).toEqual(['http-01', 'tls-alpn-01']);
    const { url } = findChallenge(wildcard, 'dns-01');
    for (const type of ['http-01', 'tls-alpn-01', 'none-01', 'dns-02']) {
      const other = String(url).replace('/dns-01', `/${type}`);
      expectProblem(await client.post(other, {}), 404, 'malformed');
      expectProblem(await client.post(other), 404, 'malformed');
    }
    const onAddress = String(findChallenge(address, 'http-01').url).replace('/http-01', '/dns-01');
    expectProblem(await client.post(onAddress, {}), 404, 'malformed');
    expect((await readAuthorization(ordered)).json.status).toBe('pending');
    await fulfil(findChallenge(wildcard, 'dns-01'), 'b.proven.test');
    expect((await client.post(String(url), {})).json.status).toBe('valid');
  });

  it('validates once if it is asked several times at the same time', async () => {
    const ordered = await order(client, [NAME]);
    const challenge = findChallenge(await readAuthorization(ordered), 'dns-01');
    await fulfil(challenge);
    const answers = await Promise.all([1, 2, 3].map(() => client.post(String(challenge.url), {})));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(vi.mocked(fetch)).toHaveBeenCalledTimes(1);
    expect((await readAuthorization(ordered)).json.status).toBe('valid');
    expect(await listEvents()).toHaveLength(1);
  });

  it('keeps to the challenge that was chosen first', async () => {
    const ordered = await order(client, [NAME]);
    const authorization = await readAuthorization(ordered);
    const text = Promise.withResolvers<string>();
    texts.set(`_acme-challenge.${NAME}`, text.promise);
    const challenge = findChallenge(authorization, 'dns-01');
    const running = client.post(String(challenge.url), {});
    await vi.waitFor(() => expect(vi.mocked(fetch)).toHaveBeenCalled());
    const other = findChallenge(authorization, 'http-01');
    expectProblem(await client.post(String(other.url), {}), 400, 'malformed');
    expect((await client.post(String(challenge.url))).json.status).toBe('processing');
    text.resolve(await makeText(challenge));
    expect((await running).json.status).toBe('valid');
  });

  it('answers processing if the validation takes long, and finishes it afterwards', async () => {
    const ordered = await order(client, [NAME]);
    const challenge = findChallenge(await readAuthorization(ordered), 'dns-01');
    const late = Promise.withResolvers<string>();
    texts.set(`_acme-challenge.${NAME}`, late.promise);
    setTimeout(async () => late.resolve(await makeText(challenge)), 2500);
    const answered = await client.post(String(challenge.url), {});
    expect(answered.json.status).toBe('processing');
    expect(answered.headers.get('Retry-After')).toMatch(/^\d+$/);
    const isValid = async () =>
      expect((await readAuthorization(ordered)).json.status).toBe('valid');
    await vi.waitFor(isValid, 10_000);
  });

  it('is finished by the job if the request died', async () => {
    const ordered = await order(client, [NAME]);
    const challenge = findChallenge(await readAuthorization(ordered), 'dns-01');
    await fulfil(challenge);
    await live.db
      .prepare(
        "UPDATE acme_authorizations SET challenge_type = 'dns-01', attempts = 1, attempt_until_s = 1",
      )
      .run();
    expect((await client.post(String(challenge.url))).json.status).toBe('processing');
    const job = await live.send('/api/v1/jobs/finish-acme', { method: 'POST' });
    expect(job.json.report).toEqual({ validations: 1, orders: 0, failed: 0 });
    expect((await readAuthorization(ordered)).json.status).toBe('valid');
    const again = await live.send('/api/v1/jobs/finish-acme', { method: 'POST' });
    expect(again.json.report).toEqual({ validations: 0, orders: 0, failed: 0 });
  });

  it('is limited: 5 failures for a name within an hour', async () => {
    for (let i = 0; i < 5; i++) {
      const ordered = await order(client, [NAME]);
      const { url } = findChallenge(await readAuthorization(ordered), 'dns-01');
      expect((await client.post(String(url), {})).json.status).toBe('invalid');
      if (i < 4) continue;
      const pending = 'UPDATE acme_authorizations SET failed_at_s = 1';
      const restore = `UPDATE acme_authorizations SET failed_at_s = ${Math.floor(Date.now() / 1000)} WHERE status = 'invalid'`;
      await live.db.prepare(pending).run();
      const last = await order(client, [NAME]);
      const challenge = findChallenge(await readAuthorization(last), 'dns-01');
      await live.db.prepare(restore).run();
      const limited = await client.post(String(challenge.url), {});
      expectProblem(limited, 429, 'rateLimited');
      expect(limited.headers.get('Retry-After')).toBe('3600');
    }
    const before = await countAcme(live);
    const refused = await order(client, ['b.proven.test', NAME]);
    expectProblem(refused, 429, 'rateLimited');
    expect(refused.headers.get('Retry-After')).toBe('3600');
    expect(refused.json.subproblems).toMatchObject([{ identifier: { type: 'dns', value: NAME } }]);
    expect(await countAcme(live)).toEqual(before);
    // A clock that was ahead has recorded them.
    const later = 'UPDATE acme_authorizations SET failed_at_s = failed_at_s + 86400';
    await live.db.prepare(later).run();
    expect((await order(client, [NAME])).status).toBe(201);
    await live.db.prepare(later.replace('+', '-')).run();
    expect((await order(client, [NAME])).status).toBe(429);
    expect((await order(client, ['b.proven.test'])).status).toBe(201);
    const other = await openBound(live);
    expect((await order(other, [NAME])).status).toBe(201);
  });

  it('does not validate a deactivated or expired authorization', async () => {
    const ordered = await order(client, [NAME]);
    const { url } = findChallenge(await readAuthorization(ordered), 'dns-01');
    const authorizationUrl = String(Object(ordered.json.authorizations)[0]);
    await client.post(authorizationUrl, { status: 'deactivated' });
    expectProblem(await client.post(String(url), {}), 400, 'malformed');
    const second = await order(client, [NAME]);
    const challenge = findChallenge(await readAuthorization(second), 'dns-01');
    await live.db.prepare('UPDATE acme_authorizations SET expires_at_s = 1').run();
    expectProblem(await client.post(String(challenge.url), {}), 400, 'malformed');
    expect((await readAuthorization(second)).json.status).toBe('expired');
    expect(vi.mocked(fetch)).not.toHaveBeenCalled();
  });

  it('reads a challenge without validating it', async () => {
    const ordered = await order(client, [NAME]);
    const challenge = findChallenge(await readAuthorization(ordered), 'dns-01');
    expect((await client.post(String(challenge.url))).json).toEqual(challenge);
    expect(vi.mocked(fetch)).not.toHaveBeenCalled();
  });

  it('of another account looks like none', async () => {
    const ordered = await order(client, [NAME]);
    const { url } = findChallenge(await readAuthorization(ordered), 'dns-01');
    const other = await openBound(live);
    expectProblem(await other.post(String(url), {}), 404, 'malformed');
    expectProblem(await other.post(String(url)), 404, 'malformed');
    expect(vi.mocked(fetch)).not.toHaveBeenCalled();
    expect((await readAuthorization(ordered)).json.status).toBe('pending');
  });
});
