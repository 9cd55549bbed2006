import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commonName } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { AcmeClient } from './acme-client.ts';
import { makeChallengeText } from './challenge-text.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { createPolicy, finalize, listSubjects, makeCsr, openBound, order } from './orders.ts';
import { mockResolver } from './resolver.ts';

captureLog();

const NAME = 'a.anywhere.test';

let live: LiveWorker;
let client: AcmeClient;
let texts: Map<string, string>;

beforeEach(async () => {
  live = await openWorker({
    ACME_CAA_IDENTITIES: 'ca.test',
    ACME_NO_CAA_SUFFIXES: 'internal.test',
  });
  // The first use makes the authority.
  await live.send('/acme/default/directory');
  const body = { acme: { externalAccountRequired: false } };
  const changed = await live.send('/api/v1/authorities/default', { method: 'PATCH', body });
  expect(changed.status, changed.text).toBe(200);
  client = await openUnbound();
  texts = new Map();
  mockResolver(texts);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function openUnbound(): Promise<AcmeClient> {
  const unbound = await AcmeClient.open(live);
  const answer = await unbound.post(`${unbound.base}/new-account`, { termsOfServiceAgreed: true });
  expect(answer.status, answer.text).toBe(201);
  unbound.account = answer.headers.get('Location');
  return unbound;
}

async function prove({ json }: Received): Promise<Received> {
  const [url] = Object(json.authorizations);
  const authorization = await client.post(String(url));
  const challenge = Object(authorization.json.challenges).find(
    ({ type }: { type: string }) => type === 'dns-01',
  );
  texts.set(`_acme-challenge.${NAME}`, await makeChallengeText(client, challenge.token));
  return client.post(challenge.url, {});
}

describe('an account without external account binding', () => {
  it('has to prove every name, and may have any', async () => {
    const ordered = await order(client, [NAME]);
    expect(ordered.json.status).toBe('pending');
    expect((await prove(ordered)).json.status).toBe('valid');
    const finalized = await finalize(client, ordered, await makeCsr([NAME]));
    expect(finalized.json.status, finalized.text).toBe('valid');
  });

  it('gets nothing for an authorization that another program has changed', async () => {
    const ordered = await order(client, [NAME]);
    const csr = await makeCsr([NAME]);
    const changes = [
      "status = 'valid', validated_at_s = 1",
      "status = 'valid', validated_at_s = 1, proof = 'AAAA'",
      "status = 'valid', validated_at_s = 1, proof = '?'",
    ];
    for (const change of changes) {
      await live.db.prepare(`UPDATE acme_authorizations SET ${change}`).run();
      expectProblem(await finalize(client, ordered, csr), 503, 'serverInternal');
    }
    await live.db.prepare('UPDATE acme_authorizations SET pre_authorized = 1').run();
    expectProblem(await finalize(client, ordered, csr), 403, 'unauthorized');
    await live.db
      .prepare(
        "UPDATE acme_authorizations SET status = 'pending', pre_authorized = 0, challenge_type = NULL",
      )
      .run();
    await prove(ordered);
    for (const change of ['expires_at_s = expires_at_s + 1', "identifier = 'b.anywhere.test'"]) {
      await live.db.prepare(`UPDATE acme_authorizations SET ${change}`).run();
      expect((await finalize(client, ordered, csr)).status).not.toBe(200);
    }
    expect((await countAcme(live)).certificates).toBe(0);
  });

  it('gets nothing but names in the subject, because nothing else was proven', async () => {
    const ordered = await order(client, [NAME]);
    await prove(ordered);
    const subject = [{ arc: 10, value: 'Bank' }, commonName(NAME)];
    const csr = await makeCsr([NAME], { subject });
    expect((await finalize(client, ordered, csr)).json.status).toBe('valid');
    expect(await listSubjects(live)).toEqual([`CN=${NAME}`]);
  });

  it('is bounded by the policy of the authority', async () => {
    const rules = {
      dnsNames: [{ name: 'anywhere.test', match: 'any-depth', acme: 'pre-authorized' }],
    };
    const body = { policyId: await createPolicy(live, rules) };
    const changed = await live.send('/api/v1/authorities/default', { method: 'PATCH', body });
    expect(changed.status, changed.text).toBe(200);
    expectProblem(await order(client, ['a.other.test']), 400, 'rejectedIdentifier');
    // Only the policy of the account's own key can pre-authorize.
    expect((await order(client, [NAME])).json.status).toBe('pending');
  });
});

describe('CAA records', () => {
  it('are asked for with the validation, and again once it is older than 7 hours', async () => {
    const ordered = await order(client, [NAME]);
    await prove(ordered);
    const asked = vi.mocked(fetch).mock.calls.length;
    // One query for the text, and one for CAA at each of the three names up to the root.
    expect(asked).toBe(4);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25_201_000 });
    const finalized = await finalize(client, ordered, await makeCsr([NAME]));
    expect(finalized.json.status, finalized.text).toBe('valid');
    expect(vi.mocked(fetch).mock.calls.length).toBe(asked + 3);
  });

  it('are not asked for again before that, and never for exempt suffixes', async () => {
    const ordered = await order(client, [NAME]);
    await prove(ordered);
    const asked = vi.mocked(fetch).mock.calls.length;
    await finalize(client, ordered, await makeCsr([NAME]));
    const bound = await openBound(live);
    const internal = await order(bound, ['a.internal.test']);
    expect((await finalize(bound, internal, await makeCsr(['a.internal.test']))).status).toBe(200);
    expect(vi.mocked(fetch).mock.calls.length).toBe(asked);
  });

  it('refuse a pre-authorized name, with a subproblem, if they cannot be read', async () => {
    const rules = {
      dnsNames: [{ name: 'anywhere.test', match: 'any-depth', acme: 'pre-authorized' }],
    };
    const bound = await openBound(live, rules);
    const ordered = await order(bound, [NAME]);
    expect(ordered.json.status).toBe('ready');
    vi.mocked(fetch).mockImplementation(async () => new Response('no', { status: 500 }));
    const refused = await finalize(bound, ordered, await makeCsr([NAME]));
    expectProblem(refused, 403, 'caa');
    expect(refused.json.subproblems).toMatchObject([{ identifier: { type: 'dns', value: NAME } }]);
    expect((await bound.post(String(ordered.headers.get('Location')))).json.status).toBe('ready');
  });
});
