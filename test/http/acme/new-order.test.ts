import { beforeEach, describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { type AcmeClient, BASE } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import {
  changePolicy,
  createPolicy,
  finalize,
  makeCsr,
  obtain,
  openBound,
  openWith,
  order,
  RULES,
} from './orders.ts';

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

describe('newOrder', () => {
  const send = (identifiers: unknown, fields: object = {}) =>
    client.post(`${BASE}/new-order`, { identifiers, ...fields });

  it.each([
    ['none', undefined],
    ['null', null],
    ['an object', {}],
    ['an empty list', []],
    ['a string in the list', ['a.internal.test']],
    ['null in the list', [null]],
    ['a number as value', [{ type: 'dns', value: 1 }]],
    ['no type', [{ value: 'a.internal.test' }]],
    ['101', Array.from({ length: 101 }, (_, i) => ({ type: 'dns', value: `n${i}.internal.test` }))],
  ])('refuses identifiers that are %s', async (_, identifiers) => {
    await refuse(() => send(identifiers), 400, 'malformed');
  });

  it('refuses 10,000 identifiers', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      type: 'dns',
      value: `n${i}.internal.test`,
    }));
    await refuse(() => send(many), 413, 'malformed');
  });

  it('takes 100 identifiers', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `n${i}.internal.test`);
    const ordered = await order(client, many);
    expect(ordered.status, ordered.text).toBe(201);
    const finalized = await finalize(client, ordered, await makeCsr(many));
    expect(finalized.json.status, finalized.text).toBe('valid');
  });

  it.each([
    ['dns', ''],
    ['dns', 'bücher.internal.test'],
    ['dns', 'a.internal.test.'],
    ['dns', 'a_b.internal.test'],
    ['dns', '*.*.internal.test'],
    ['dns', 'a.*.internal.test'],
    ['dns', '*'],
    ['dns', '-a.internal.test'],
    ['dns', 'a..internal.test'],
    ['dns', `${'a'.repeat(64)}.internal.test`],
    ['dns', `${'a123456.'.repeat(32)}internal.test`],
    ['dns', '10.0.0.5'],
    ['dns', '*.10.0.0.5'],
    ['dns', 'xn--a.internal.test'],
    ['dns', 'a.internal.test/'],
    ['dns', 'a internal.test'],
    ['dns', "a'; DROP TABLE acme_orders; --"],
    ['dns', 'other.test'],
    ['dns', 'internal.test'],
    ['ip', '*.10.0.0.5'],
    ['ip', '10.0.0.05'],
    ['ip', '10.0.0.256'],
    ['ip', '2001:DB8::1'],
    ['ip', '2001:db8:0:0:0:0:0:1'],
    ['ip', 'a.internal.test'],
    ['ip', '::ffff:10.0.0.5'],
    ['ip', '192.0.2.1'],
  ])('refuses the identifier %s %s, with a subproblem', async (type, value) => {
    const identifiers = [
      { type: 'dns', value: 'a.internal.test' },
      { type, value },
    ];
    const { json } = await refuse(() => send(identifiers), 400, 'rejectedIdentifier');
    expect(json.subproblems).toEqual([
      {
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        detail: expect.stringContaining(value.slice(0, 100)),
        identifier: { type, value: value.slice(0, 253) },
      },
    ]);
  });

  it('refuses other types', async () => {
    const { json } = await refuse(
      () => send([{ type: 'email', value: 'a@b.test' }]),
      400,
      'unsupportedIdentifier',
    );
    expect(json.subproblems).toHaveLength(1);
  });

  it('names the policy that refuses, and every identifier', async () => {
    const { json } = await refuse(
      () => order(client, ['a.other.test', 'a.internal.test', 'b.other.test']),
      400,
      'rejectedIdentifier',
    );
    expect(json.detail).toMatch(/'a\.other\.test' is permitted .*'b\.other\.test' is permitted /);
    expect(json.subproblems).toMatchObject([
      {
        detail: expect.stringMatching(
          /^'a\.other\.test' is permitted by no rule \(policy "for ACME", pol-/,
        ),
      },
      { identifier: { value: 'b.other.test' } },
    ]);
  });

  it.each([
    ['profile', { profile: 'unknown' }, 'invalidProfile'],
    ['profile', { profile: 'cas' }, 'invalidProfile'],
    ['profile', { profile: 7 }, 'malformed'],
    ['notAfter', { notAfter: 'tomorrow' }, 'malformed'],
    ['notAfter', { notAfter: '2001-01-01T00:00:00Z' }, 'malformed'],
    ['notAfter', { notAfter: '2999-01-01T00:00:00Z' }, 'malformed'],
    ['notBefore', { notBefore: '2001-01-01T00:00:00Z' }, 'malformed'],
    ['notBefore', { notBefore: '2999-01-01T00:00:00Z' }, 'malformed'],
    ['replaces', { replaces: 'x' }, 'malformed'],
    ['replaces', { replaces: 'AAAA.AAAA' }, 'malformed'],
  ])('refuses a %s that it cannot honour: %o', async (_, fields, type) => {
    await refuse(() => order(client, NAMES, fields), 400, type);
  });

  it('lets the client choose the profile and the validity', async () => {
    const notBefore = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const notAfter = new Date(Date.now() + 7_200_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const fields = { profile: 'tls-server-client', notBefore, notAfter };
    const { order: ordered, pem } = await obtain(client, NAMES, fields);
    expect(ordered.json).toMatchObject(fields);
    const [leaf] = parsePem(pem).map(({ der }) => parseCertificate(der));
    expect(leaf?.notBeforeSeconds).toBe(Date.parse(notBefore) / 1000);
    expect(leaf?.notAfterSeconds).toBe(Date.parse(notAfter) / 1000);
  });

  it('cuts the default validity to that of the policy, and refuses a longer one', async () => {
    const bound = await openBound(live, { ...RULES, maxValiditySeconds: 3600 });
    const { pem } = await obtain(bound, NAMES);
    const [leaf] = parsePem(pem).map(({ der }) => parseCertificate(der));
    const life = (leaf?.notAfterSeconds ?? 0) - Date.now() / 1000;
    expect(life).toBeGreaterThan(3500);
    expect(life).toBeLessThanOrEqual(3600);
    const notAfter = new Date(Date.now() + 7_200_000).toISOString();
    await refuse(() => order(bound, NAMES, { notAfter }), 400, 'malformed');
  });

  it('takes the first profile that the policy permits', async () => {
    const bound = await openBound(live, { ...RULES, profiles: ['tls-client'] });
    await obtain(bound, NAMES);
    const row = await live.db.prepare('SELECT profile FROM certificates').first();
    expect(row).toEqual({ profile: 'tls-client' });
    await refuse(() => order(bound, NAMES, { profile: 'tls-server' }), 400, 'invalidProfile');
  });

  it('refuses more than 300 open orders', async () => {
    await order(client, NAMES);
    await live.db
      .prepare(
        `INSERT INTO acme_orders (id, acme_account_id, status, identifiers, profile, names_profile,
  created_at_s, expires_at_s, delete_after_s)
SELECT 'many' || value, acme_account_id, 'pending', identifiers, profile, 0, created_at_s, expires_at_s, delete_after_s
FROM acme_orders, json_each(?)`,
      )
      .bind(JSON.stringify(Array.from({ length: 299 }, (_, i) => i)))
      .run();
    const { headers } = await refuse(() => order(client, NAMES), 429, 'rateLimited');
    expect(headers.get('Retry-After')).toBe('3600');
    // A clock that was ahead has made them.
    const later = 'UPDATE acme_orders SET expires_at_s = expires_at_s + 86400';
    await live.db.prepare(later).run();
    expect((await order(client, NAMES)).status).toBe(201);
    await live.db.prepare("UPDATE acme_orders SET expires_at_s = 1 WHERE id LIKE 'many%'").run();
    expect((await order(client, NAMES)).status).toBe(201);
  });

  it('follows a change of the policy at once, in both directions', async () => {
    const policyId = await createPolicy(live);
    const bound = await openWith(live, policyId);
    expect((await order(bound, NAMES)).json.status).toBe('ready');
    const proven = { dnsNames: [{ name: 'internal.test', match: 'any-depth', acme: 'prove' }] };
    await changePolicy(live, policyId, proven);
    expect((await order(bound, NAMES)).json.status).toBe('pending');
    await changePolicy(live, policyId, { dnsNames: [] });
    await refuse(() => order(bound, NAMES), 400, 'rejectedIdentifier');
    await changePolicy(live, policyId, RULES);
    expect((await order(bound, NAMES)).json.status).toBe('ready');
  });
});
