import { beforeEach, describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { type AcmeClient, BASE } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { createPolicy, finalize, makeCsr, obtain, openBound, openWith, order } from './orders.ts';

captureLog();

let live: LiveWorker;
let client: AcmeClient;

beforeEach(async () => {
  live = await openWorker();
  client = await openBound(live);
});

/** Sends a request that must be refused, and change nothing. */
async function refuse(send: () => Promise<Received>, status: number, type: string) {
  const before = await countAcme(live);
  const answer = await send();
  expectProblem(answer, status, type);
  expect(await countAcme(live)).toEqual(before);
  return answer;
}

const NAMES = ['a.internal.test'];

describe('an order for pre-authorized names', () => {
  it('is born ready, valid after finalize, and has a chain to download', async () => {
    const names = ['a.internal.test', '*.b.internal.test', '10.0.0.5'];
    const ordered = await order(client, names);
    expect(ordered.status, ordered.text).toBe(201);
    const { json, headers } = ordered;
    const url = headers.get('Location') ?? '';
    expect(url).toMatch(new RegExp(`^${BASE}/order/[A-Za-z0-9]{20}$`));
    expect(json).toEqual({
      status: 'ready',
      expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      identifiers: [
        { type: 'dns', value: 'a.internal.test' },
        { type: 'dns', value: '*.b.internal.test' },
        { type: 'ip', value: '10.0.0.5' },
      ],
      authorizations: [expect.any(String), expect.any(String), expect.any(String)],
      finalize: `${url}/finalize`,
    });
    expect((await client.post(url)).json).toEqual(json);

    const finalized = await finalize(client, ordered, await makeCsr(names));
    expect(finalized.status, finalized.text).toBe(200);
    expect(finalized.headers.get('Location')).toBe(url);
    expect(finalized.json).toEqual({
      ...json,
      status: 'valid',
      certificate: url.replace('/order/', '/cert/'),
    });
    expect((await client.post(url)).json).toEqual(finalized.json);

    const { text, headers: sent } = await client.post(String(finalized.json.certificate));
    expect(sent.get('Content-Type')).toBe('application/pem-certificate-chain');
    expect(text).toMatch(/-----END CERTIFICATE-----\n$/);
    const [leaf, root, ...others] = parsePem(text).map(({ der }) => parseCertificate(der));
    expect(others).toEqual([]);
    expect(leaf?.issuerDer).toEqual(root?.subjectDer);
    expect(root?.issuerDer).toEqual(root?.subjectDer);
  });

  it('has authorizations that are valid already, each challenge with a token', async () => {
    const { json } = await order(client, ['a.internal.test', '*.b.internal.test', '10.0.0.5']);
    const urls = Array.isArray(json.authorizations) ? json.authorizations.map(String) : [];
    const answers = await Promise.all(urls.map((url) => client.post(url)));
    expect(
      answers.map(({ json: { status, identifier, wildcard } }) => [status, identifier, wildcard]),
    ).toEqual([
      ['valid', { type: 'dns', value: 'a.internal.test' }, undefined],
      ['valid', { type: 'dns', value: 'b.internal.test' }, true],
      ['valid', { type: 'ip', value: '10.0.0.5' }, undefined],
    ]);
    const challenges = answers.map(({ json }) => json.challenges);
    expect(challenges.map((each) => Array.isArray(each) && each.map(({ type }) => type))).toEqual([
      ['http-01', 'dns-01', 'tls-alpn-01'],
      ['dns-01'],
      ['http-01', 'tls-alpn-01'],
    ]);
    for (const each of challenges.flat()) {
      expect(each).toMatchObject({
        status: 'valid',
        token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        url: expect.stringMatching(/\/chall\/[A-Za-z0-9]{20}\//),
      });
    }
  });

  it('gives a certificate that belongs to the account of the key, with its audit event', async () => {
    const accountId = await live.createAccount();
    const policyId = await createPolicy(live);
    const owned = await openWith(live, policyId, { accountId });
    const { pem } = await obtain(owned, NAMES);
    const [leaf] = parsePem(pem).map(({ der }) => parseCertificate(der));
    const { results } = await live.db
      .prepare('SELECT serial, account_id, origin, profile FROM certificates')
      .all();
    expect(results).toEqual([
      { serial: leaf?.serialHex, account_id: accountId, origin: 'acme', profile: 'tls-server' },
    ]);
    const event = await live.db
      .prepare(
        "SELECT account_id, actor, target FROM audit_events WHERE action = 'certificate.issue'",
      )
      .first();
    expect(event).toEqual({
      account_id: accountId,
      actor: owned.account?.split('/').at(-1),
      target: leaf?.serialHex,
    });
    const answer = await live.send(`/api/v1/certificates/${leaf?.serialHex}`);
    expect(answer.status).toBe(200);
  });

  it('merges identifiers that occur twice, and writes DNS names in lower case', async () => {
    const { json } = await order(client, ['A.Internal.TEST', 'a.internal.test']);
    expect(json.identifiers).toEqual([{ type: 'dns', value: 'a.internal.test' }]);
  });

  it('ignores nulls, unknown fields and the first year', async () => {
    const fields = {
      notBefore: '0001-01-01T00:00:00Z',
      notAfter: null,
      profile: null,
      replaces: '',
      expires: '0001-01-01T00:00:00Z',
      more: 1,
    };
    expect((await order(client, NAMES, fields)).status).toBe(201);
  });

  it('needs no read but that of its finalize: at most 6 round trips, and one batch for each POST', async () => {
    await obtain(client, NAMES);
    const { calls } = live.counted;
    const counts: number[] = [];
    const count = async (send: () => Promise<Received>) => {
      const nonce = await client.nonce();
      const before = calls.count;
      const answer = await send();
      counts.push(calls.count - before);
      expect(nonce).toHaveLength(43);
      return answer;
    };
    const ordered = await count(() => order(client, NAMES));
    await count(() => client.post(String(ordered.headers.get('Location'))));
    const csr = await makeCsr(NAMES);
    const finalized = await count(() => finalize(client, ordered, csr));
    await count(() => client.post(String(finalized.json.certificate)));
    expect(counts).toEqual([1, 1, 2, 1]);
  });
});

describe('an object of another account', () => {
  it.each([
    ['order', ({ headers }: Received) => String(headers.get('Location')), undefined],
    ['finalize', ({ json }: Received) => String(json.finalize), 'csr'],
    ['authorization', ({ json }: Received) => String(Object(json.authorizations)[0]), undefined],
    [
      'authorization to deactivate',
      ({ json }: Received) => String(Object(json.authorizations)[0]),
      'deactivated',
    ],
    ['certificate', ({ json }: Received) => String(json.certificate), undefined],
  ])('looks like none: %s', async (_, find, kind) => {
    const { order: ordered } = await obtain(client, NAMES);
    const other = await openBound(live);
    const url = find(ordered);
    const absent = url.replace(/\/(order|authz|cert)\/[A-Za-z0-9]{20}/, `/$1/${'0'.repeat(20)}`);
    expect(absent).not.toBe(url);
    const payload =
      kind === 'csr'
        ? { csr: await makeCsr(NAMES) }
        : kind === undefined
          ? undefined
          : { status: kind };
    const foreign = await refuse(() => other.post(url, payload), 404, 'malformed');
    const none = await refuse(() => other.post(absent, payload), 404, 'malformed');
    expect(foreign.json.detail).toBe(none.json.detail);
  });
});

describe('the list of orders', () => {
  it('has the orders that are not invalid, in pages', async () => {
    const created: string[] = [];
    for (let i = 0; i < 3; i++) {
      created.push(String((await order(client, NAMES)).headers.get('Location')));
    }
    const page = await client.post(`${client.account}/orders`);
    expect(page.json.orders).toHaveLength(3);
    expect([...Object(page.json.orders)].sort()).toEqual([...created].sort());
    expect(page.headers.get('Link')).not.toContain('next');
    await live.db
      .prepare(
        `INSERT INTO acme_orders (id, acme_account_id, status, identifiers, profile, names_profile,
  created_at_s, expires_at_s, delete_after_s)
SELECT substr('abcdefghijklmnopqrst' || value, -20), acme_account_id, 'valid', identifiers, profile, 0, 5, expires_at_s, delete_after_s
FROM (SELECT * FROM acme_orders LIMIT 1), json_each(?)`,
      )
      .bind(JSON.stringify(Array.from({ length: 120 }, (_, i) => 1000 + i)))
      .run();
    const first = await client.post(`${client.account}/orders`);
    expect(first.json.orders).toHaveLength(100);
    const next = /<([^>]*)>;rel="next"/.exec(first.headers.get('Link') ?? '')?.[1] ?? '';
    const second = await client.post(next);
    expect(second.json.orders).toHaveLength(23);
    expect(second.headers.get('Link')).not.toContain('next');
    expect(new Set([...Object(first.json.orders), ...Object(second.json.orders)]).size).toBe(123);
    await refuse(() => client.post(`${client.account}/orders?after=x`), 400, 'malformed');
  });

  it('of another account looks like none', async () => {
    const other = await openBound(live);
    await refuse(() => client.post(`${other.account}/orders`), 404, 'malformed');
  });
});
