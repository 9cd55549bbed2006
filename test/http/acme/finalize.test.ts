import { beforeEach, describe, expect, it } from 'vitest';
import { commonName, der, dnsName, makeKeyPair } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import type { AcmeClient } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import {
  changePolicy,
  createPolicy,
  finalize,
  listSubjects,
  makeCsr,
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

describe('finalize', () => {
  let ordered: Received;
  beforeEach(async () => {
    ordered = await order(client, NAMES);
  });

  it.each([
    ['an extra name', () => makeCsr(['a.internal.test', 'b.internal.test'])],
    ['another name', () => makeCsr(['b.internal.test'])],
    ['a wildcard', () => makeCsr(['*.internal.test'])],
    ['a CN that is not a name', () => makeCsr(NAMES, { subject: [commonName('b.internal.test')] })],
    ['a CN that is no host', () => makeCsr(NAMES, { subject: [commonName('Alice')] })],
    ['only a CN of another name', () => makeCsr([], { subject: [commonName('b.internal.test')] })],
    ['no name', () => makeCsr([])],
    [
      'an e-mail address',
      () =>
        makeCsr([], {
          subjectAltNames: [
            dnsName('a.internal.test'),
            der(0x81, new TextEncoder().encode('a@internal.test')),
          ],
        }),
    ],
    ['nothing that can be read', async () => 'AAAA'],
    ['no content', async () => ''],
  ])('refuses a CSR with %s, and the order stays ready', async (_, make) => {
    const csr = await make();
    await refuse(() => finalize(client, ordered, csr), 400, 'badCSR');
    expect((await client.post(String(ordered.headers.get('Location')))).json.status).toBe('ready');
    const finalized = await finalize(client, ordered, await makeCsr(NAMES));
    expect(finalized.json.status).toBe('valid');
  });

  it('refuses a CSR that lacks a name', async () => {
    const both = await order(client, ['a.internal.test', 'b.internal.test']);
    await refuse(async () => finalize(client, both, await makeCsr(NAMES)), 400, 'badCSR');
  });

  it.each([
    ['no CSR', {}],
    ['a number', { csr: 1 }],
    ['null', { csr: null }],
  ])('refuses %s', async (_, payload) => {
    await refuse(() => client.post(String(ordered.json.finalize), payload), 400, 'badCSR');
  });

  it('refuses a CSR that is not base64url', async () => {
    await refuse(
      () => client.post(String(ordered.json.finalize), { csr: 'a+b=' }),
      400,
      'malformed',
    );
  });

  it('refuses a CSR whose signature does not verify', async () => {
    const csr = await makeCsr(NAMES);
    const broken = `${csr.slice(0, -6)}${csr.at(-6) === 'A' ? 'B' : 'A'}${csr.slice(-5)}`;
    await refuse(() => finalize(client, ordered, broken), 400, 'badCSR');
  });

  it('refuses the key of an account, its own and another one', async () => {
    for (const holder of [client, await openBound(live)]) {
      const csr = await makeCsr(NAMES, { keyPair: await importPair(holder) });
      await refuse(() => finalize(client, ordered, csr), 400, 'badCSR');
    }
  });

  async function importPair({ key }: AcmeClient) {
    const pair = await makeKeyPair();
    const publicKey = await crypto.subtle.importKey(
      'jwk',
      { kty: 'EC', ...key.jwk },
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['verify'],
    );
    // The signature is not that of the key: the key is looked at first.
    return { ...pair, publicKey, privateKey: pair.privateKey };
  }

  it('refuses a CSR that another account uses for its own order, if its names differ', async () => {
    const other = await openBound(live);
    const csr = await makeCsr(['other.internal.test']);
    const theirs = await order(other, ['other.internal.test']);
    expect((await finalize(other, theirs, csr)).status).toBe(200);
    await refuse(() => finalize(client, ordered, csr), 400, 'badCSR');
  });

  it('takes a CN in other case that is a name, and a name only in the CN', async () => {
    const csr = await makeCsr([], { subject: [commonName('A.internal.test')] });
    expect((await finalize(client, ordered, csr)).json.status).toBe('valid');
  });

  it('leaves out attributes of the subject that the policy does not permit', async () => {
    const subject = [{ arc: 10, value: 'Bank' }, commonName('a.internal.test')];
    const csr = await makeCsr(NAMES, { subject });
    expect((await finalize(client, ordered, csr)).json.status).toBe('valid');
    expect(await listSubjects(live)).toEqual(['CN=a.internal.test']);
  });

  it('keeps attributes of the subject that the policy permits', async () => {
    const bound = await openBound(live, { ...RULES, subject: { O: ['Bank'] } });
    const subject = [
      { arc: 10, value: 'Bank' },
      { arc: 11, value: 'Vault' },
    ];
    const asked = await order(bound, ['b.internal.test']);
    const csr = await makeCsr(['b.internal.test'], { subject });
    expect((await finalize(bound, asked, csr)).json.status).toBe('valid');
    expect(await listSubjects(live)).toEqual(['O=Bank']);
  });

  it('ignores extended key usages: the profile decides them', async () => {
    const usage = der(0x30, Uint8Array.of(6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 4));
    const oid = Uint8Array.of(6, 3, 0x55, 0x1d, 0x25);
    const csr = await makeCsr(NAMES, { extensions: [der(0x30, oid, der(4, usage))] });
    expect((await finalize(client, ordered, csr)).json.status).toBe('valid');
  });

  it('gives one certificate to several requests at the same time', async () => {
    const other = await openWorker({}, live.db);
    const csrs = await Promise.all([1, 2, 3, 4, 5, 6].map(() => makeCsr(NAMES)));
    const second = Object.assign(Object.create(client), { live: other });
    const answers = await Promise.all(
      csrs.map((csr, index) => finalize(index % 2 === 0 ? client : second, ordered, csr)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403, 403, 403, 403]);
    for (const answer of answers) {
      if (answer.status !== 200) expectProblem(answer, 403, 'orderNotReady');
    }
    expect((await countAcme(live)).certificates).toBe(1);
  });

  it('can be done once', async () => {
    expect((await finalize(client, ordered, await makeCsr(NAMES))).status).toBe(200);
    await refuse(async () => finalize(client, ordered, await makeCsr(NAMES)), 403, 'orderNotReady');
  });

  it('refuses an order that has expired, which is invalid then', async () => {
    await live.db.prepare('UPDATE acme_orders SET expires_at_s = 1').run();
    await refuse(async () => finalize(client, ordered, await makeCsr(NAMES)), 403, 'orderNotReady');
    const url = String(ordered.headers.get('Location'));
    expect((await client.post(url)).json.status).toBe('invalid');
  });

  it('refuses an order of which an authorization was deactivated', async () => {
    const [authorization] = Array.isArray(ordered.json.authorizations)
      ? ordered.json.authorizations
      : [];
    const answer = await client.post(String(authorization), { status: 'deactivated' });
    expect([answer.status, answer.json.status]).toEqual([200, 'deactivated']);
    await refuse(async () => finalize(client, ordered, await makeCsr(NAMES)), 403, 'orderNotReady');
    expect((await client.post(String(authorization), { status: 'deactivated' })).status).toBe(200);
    const events = "SELECT action FROM audit_events WHERE action LIKE 'acme-authorization.%'";
    expect((await live.db.prepare(events).all()).results).toHaveLength(1);
  });

  it('refuses what the policy does not pre-authorize any more', async () => {
    const policyId = await createPolicy(live);
    const bound = await openWith(live, policyId);
    const ready = await order(bound, NAMES);
    const proven = { dnsNames: [{ name: 'internal.test', match: 'any-depth', acme: 'prove' }] };
    await changePolicy(live, policyId, proven);
    const csr = await makeCsr(NAMES);
    await refuse(() => finalize(bound, ready, csr), 403, 'unauthorized');
    await changePolicy(live, policyId, { dnsNames: [] });
    await refuse(() => finalize(bound, ready, csr), 400, 'rejectedIdentifier');
  });

  it('is refused after the key for external account binding was disabled', async () => {
    const { results } = await live.db.prepare('SELECT id FROM acme_eab_keys').all();
    for (const { id } of results) {
      await live.send(`/api/v1/acme/eab-keys/${id}`, { method: 'PATCH', body: { enabled: false } });
    }
    expect(results.length).toBeGreaterThan(0);
    await refuse(async () => finalize(client, ordered, await makeCsr(NAMES)), 401, 'unauthorized');
  });

  it('uses its nonce up once', async () => {
    const nonce = await client.nonce();
    const csr = await makeCsr(NAMES);
    const url = String(ordered.json.finalize);
    expect((await client.post(url, { csr }, { header: { nonce } })).status).toBe(200);
    const second = await order(client, NAMES);
    await refuse(
      () => client.post(String(second.json.finalize), { csr }, { header: { nonce } }),
      400,
      'badNonce',
    );
  });
});
