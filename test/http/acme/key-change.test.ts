import { beforeEach, describe, expect, it } from 'vitest';
import { type AcmeKey, encodeJson, makeAcmeKey, signJws } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';
import { AcmeClient, BASE, openRegistered } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';

captureLog();

const URL = `${BASE}/key-change`;

let live: LiveWorker;
let client: AcmeClient;
let newKey: AcmeKey;

beforeEach(async () => {
  live = await openWorker();
  client = await openRegistered(live);
  newKey = await makeAcmeKey('EdDSA');
});

/** The inner JWS, by the new key. */
function signInner(header: object = {}, payload: object = {}, key = newKey) {
  const whole = { account: client.account, oldKey: client.key.jwk, ...payload };
  return signJws(key, { jwk: key.jwk, url: URL, ...header }, whole);
}

describe('a key change', () => {
  it('replaces the key in every isolate', async () => {
    const url = client.account ?? '';
    const oldKey = client.key;
    const other = new AcmeClient(await openWorker({}, live.db), oldKey);
    other.account = url;
    expect((await other.post(url)).status).toBe(200);

    const changed = await client.post(URL, await signInner());
    expect([changed.status, changed.headers.get('Location')]).toEqual([200, url]);
    expect(changed.json.status).toBe('valid');
    // The other isolate still holds the old key: its signature verifies there, and the batch refuses it.
    expectProblem(await other.post(url, undefined, { key: oldKey }), 401, 'unauthorized');
    for (const each of [client, other]) {
      expect((await each.post(url, undefined, { key: newKey })).status).toBe(200);
      // The old key has another algorithm than the new one.
      expectProblem(await each.post(url, undefined, { key: oldKey }), 400, 'badSignatureAlgorithm');
    }
    const found = await AcmeClient.open(live, newKey);
    const existing = await found.post(`${BASE}/new-account`, { onlyReturnExisting: true });
    expect(existing.headers.get('Location')).toBe(url);
    const lost = await AcmeClient.open(live, oldKey);
    const absent = await lost.post(`${BASE}/new-account`, { onlyReturnExisting: true });
    expectProblem(absent, 400, 'accountDoesNotExist');
  });

  it('verifies by the new key at once where the old one is in memory', async () => {
    const url = client.account ?? '';
    const other = new AcmeClient(await openWorker({}, live.db), newKey);
    other.account = url;
    expect((await other.post(url, undefined, { key: client.key })).status).toBe(200);
    expect((await client.post(URL, await signInner())).status).toBe(200);
    expect((await other.post(url)).status).toBe(200);
  });

  it('is refused with the URL of the account that has the key', async () => {
    const holder = await openRegistered(live, newKey);
    const before = await countAcme(live);
    const refused = await client.post(URL, await signInner());
    expectProblem(refused, 409, 'malformed');
    expect(refused.headers.get('Location')).toBe(holder.account);
    expect(await countAcme(live)).toEqual(before);
    expect((await client.post(client.account ?? '')).status).toBe(200);
  });

  it('of two accounts to the same key at the same time gives it to one', async () => {
    const second = await openRegistered(live);
    const inner = {
      ...(await signInner()),
    };
    const secondInner = await signJws(
      newKey,
      { jwk: newKey.jwk, url: URL },
      { account: second.account, oldKey: second.key.jwk },
    );
    const answers = await Promise.all([client.post(URL, inner), second.post(URL, secondInner)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it.each([
    ['a kid', { kid: 'x' }, {}],
    ['a kid in place of the key', { jwk: undefined, kid: 'x' }, {}],
    ['a nonce', { nonce: 'x' }, {}],
    ['another url', { url: `${BASE}/new-account` }, {}],
    ['another account', {}, { account: `${BASE}/acct/acme-${'A'.repeat(20)}` }],
    ['no account', {}, { account: undefined }],
    ['no old key', {}, { oldKey: undefined }],
    ['null for the old key', {}, { oldKey: null }],
    [
      'an old key that is another one',
      {},
      { oldKey: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
    ],
  ])('is refused if the inner JWS has %s', async (_, header, payload) => {
    const inner = await signInner(header, payload);
    expectProblem(await client.post(URL, inner), 400, 'malformed');
    expect((await client.post(client.account ?? '')).status).toBe(200);
  });

  it('is refused if the new key did not sign', async () => {
    const inner = await signInner({ jwk: newKey.jwk }, {}, await makeAcmeKey('EdDSA'));
    expectProblem(await client.post(URL, inner), 400, 'malformed');
    const changed = { ...(await signInner()), payload: encodeJson({ account: client.account }) };
    expectProblem(await client.post(URL, changed), 400, 'malformed');
  });

  it('is refused to the key that the account has', async () => {
    const inner = await signInner({}, {}, client.key);
    expectProblem(await client.post(URL, inner), 400, 'malformed');
  });

  it('is refused without an inner JWS', async () => {
    for (const payload of [{}, { protected: 'e30' }]) {
      expectProblem(await client.post(URL, payload), 400, 'malformed');
    }
    expectProblem(await client.post(URL), 400, 'malformed');
  });

  it('is refused with an inner JWS by another algorithm', async () => {
    const inner = await signInner({ alg: 'none' });
    expectProblem(await client.post(URL, inner), 400, 'badSignatureAlgorithm');
  });
});
