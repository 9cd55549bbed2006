import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase64url, encodeJson, makeAcmeKey, signBinding, signJws } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { type AcmeClient, BASE, JOSE, openRegistered } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';

captureLog();

let live: LiveWorker;
let client: AcmeClient;
let account = '';

beforeEach(async () => {
  live = await openWorker();
  client = await openRegistered(live);
  account = client.account ?? '';
});

/** Sends a request that must be refused, and change nothing. */
async function refuse(send: () => Promise<Received>, status: number, type: string) {
  const before = await countAcme(live);
  const answer = await send();
  expectProblem(answer, status, type);
  expect(await countAcme(live)).toEqual(before);
  return answer;
}

const sendBody = (body: string, headers: Record<string, string> = { 'Content-Type': JOSE }) =>
  client.send(account, { method: 'POST', body, headers });

const sendJws = (jws: object) => sendBody(JSON.stringify(jws));

async function signRead(header: object = {}): Promise<object> {
  const nonce = await client.nonce();
  return signJws(client.key, { kid: account, url: account, nonce, ...header }, undefined);
}

describe('a signed request', () => {
  it('is answered once, with a fresh nonce and the link to the directory', async () => {
    const answer = await client.post(account);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Link')).toBe(`<${BASE}/directory>;rel="index"`);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    const nonce = answer.headers.get('Replay-Nonce') ?? '';
    expect((await client.post(account, undefined, { header: { nonce } })).status).toBe(200);
  });

  it('takes one batch if the account is in memory, and a read more if not', async () => {
    const nonce = await client.nonce();
    const count = async (worker: LiveWorker) => {
      const before = worker.counted.calls.count;
      const jws = await signRead();
      const answer = await worker.send(new URL(account).pathname, {
        as: null,
        body: jws,
        headers: { 'Content-Type': JOSE },
      });
      expect(answer.status).toBe(200);
      return worker.counted.calls.count - before;
    };
    expect(nonce).toHaveLength(43);
    expect(await count(live)).toBe(2);
    expect(await count(live)).toBe(1);
    const other = await openWorker({}, live.db);
    // Its first change also asks, after the answer, whether there are webhooks.
    await other.createAccount();
    expect(await count(other)).toBe(2);
    expect(await count(other)).toBe(1);
  });

  it('may have a parameter of its content type', async () => {
    const contentType = 'Application/JOSE+JSON; charset=utf-8';
    expect((await client.post(account, undefined, { contentType })).status).toBe(200);
  });

  it('ignores further members of the JWS and of the header', async () => {
    const jws = await signRead({ typ: 'JOSE', x: null });
    expect((await sendJws({ ...jws, expires: '0001-01-01T00:00:00Z' })).status).toBe(200);
  });
});

describe('the nonce', () => {
  const DETAIL = 'JWS has an invalid anti-replay nonce';

  it('cannot be used twice, and the refusal has one that works', async () => {
    const jws = await signRead();
    expect((await sendJws(jws)).status).toBe(200);
    const { json, headers } = await refuse(() => sendJws(jws), 400, 'badNonce');
    expect(json.detail).toBe(DETAIL);
    const nonce = headers.get('Replay-Nonce');
    expect((await client.post(account, undefined, { header: { nonce } })).status).toBe(200);
  });

  it('lets one of several requests at the same time pass', async () => {
    const jws = await signRead();
    const other = await openWorker({}, live.db);
    const path = new URL(account).pathname;
    const sending = { as: null, body: jws, headers: { 'Content-Type': JOSE } };
    const workers = [live, other, live, other, live, other];
    const answers = await Promise.all(workers.map((worker) => worker.send(path, sending)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
  });

  it('is spent by a request that is refused, too', async () => {
    const jws = await signJws(
      client.key,
      { kid: account, url: account, nonce: await client.nonce() },
      { contact: ['tel:1'] },
    );
    await refuse(() => sendJws(jws), 400, 'unsupportedContact');
    await refuse(() => sendJws(jws), 400, 'badNonce');
  });

  it.each([
    ['missing', async () => undefined],
    ['empty', async () => ''],
    ['of another server', async () => 'taroDvhk2H7ErEkhFCq8zux1hCbY0KzFQDEFGjMaSvvCC_k'],
    [
      'forged',
      async (nonce: string) =>
        `${nonce.slice(0, 20)}${nonce[20] === 'A' ? 'B' : 'A'}${nonce.slice(21)}`,
    ],
    ['padded', async (nonce: string) => `${nonce}=`],
    ['spelled in another way', async (nonce: string) => `${nonce.slice(0, -1)}${respell(nonce)}`],
  ])('is refused if it is %s', async (_, change) => {
    const nonce = await change(await client.nonce());
    const jws = await signRead({ nonce });
    const { json } = await refuse(() => sendJws(jws), 400, 'badNonce');
    expect(json.detail).toBe(DETAIL);
  });
});

/** Another last character for the same 32 bytes: its two lowest bits do not count. */
function respell(nonce: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(nonce.at(-1) ?? '') + 1] ?? '';
}

describe('the protected header', () => {
  let otherKey: Awaited<ReturnType<typeof makeAcmeKey>>;
  beforeAll(async () => {
    otherKey = await makeAcmeKey();
  });

  it.each([
    ['another resource', () => `${BASE}/new-account`],
    ['another host', () => account.replace('127.0.0.1', 'ca.test')],
    ['https', () => account.replace('http:', 'https:')],
    ['a query', () => `${account}?a=b`],
    ['a slash at its end', () => `${account}/`],
  ])('is refused with the url of %s', async (_, url) => {
    await refuse(async () => sendJws(await signRead({ url: url() })), 401, 'unauthorized');
  });

  it.each([
    ['of nobody', () => `${BASE}/acct/acme-${'A'.repeat(20)}`],
    ['of another directory', () => account.replace('/default/', '/other/')],
    ['of another host', () => account.replace('127.0.0.1', 'ca.test')],
    ['that is an id alone', () => account.slice(account.lastIndexOf('/') + 1)],
    ['with more behind it', () => `${account}/`],
    ['that would be a pattern', () => `${BASE}/acct/%`],
  ])('is refused with the kid %s', async (_, kid) => {
    const header = { kid: kid() };
    await refuse(async () => sendJws(await signRead(header)), 400, 'accountDoesNotExist');
  });

  it('is refused with the kid of another account', async () => {
    const other = await openRegistered(live);
    await refuse(async () => sendJws(await signRead({ kid: other.account })), 400, 'malformed');
  });

  it.each([
    ['jwk and kid', () => ({ jwk: client.key.jwk })],
    ['neither', () => ({ kid: undefined })],
    ['jwk in place of kid', () => ({ kid: undefined, jwk: client.key.jwk })],
    ['a kid that is not a string', () => ({ kid: 7 })],
    ['a jwk that is not an object', () => ({ kid: undefined, jwk: 'x' })],
    ['a critical extension', () => ({ crit: ['b64'], b64: false })],
    ['no alg', () => ({ alg: undefined })],
    ['no url', () => ({ url: undefined })],
    ['a nonce that is not a string', () => ({ nonce: 1 })],
  ])('is refused with %s', async (_, header) => {
    await refuse(async () => sendJws(await signRead(header())), 400, 'malformed');
  });

  it('is told which of jwk and kid to leave out', async () => {
    const jws = await signRead({ jwk: client.key.jwk });
    expect((await refuse(() => sendJws(jws), 400, 'malformed')).json.detail).toBe(
      "The protected header has both 'jwk' and 'kid'. It must have only 'kid'.",
    );
  });

  it('is refused with kid in place of jwk', async () => {
    const url = `${BASE}/new-account`;
    await refuse(() => client.post(url, { onlyReturnExisting: true }), 400, 'malformed');
  });

  it.each(['none', 'HS256', 'HS512', 'ES256K', 'RS512', 'PS256', 'es256', '', 'RS256', 'EdDSA'])(
    'is refused with the alg "%s" for a P-256 key, and lists those that are supported',
    async (alg) => {
      const jws = await signRead({ alg });
      const { json } = await refuse(() => sendJws(jws), 400, 'badSignatureAlgorithm');
      expect(json.algorithms).toEqual(['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA']);
    },
  );

  it.each(['RS384', 'RS512', 'PS256'])('is refused with the alg %s for an RSA key', async (alg) => {
    const rsa = await openRegistered(live, await makeAcmeKey('RS256'));
    const url = rsa.account ?? '';
    await refuse(() => rsa.post(url, undefined, { header: { alg } }), 400, 'badSignatureAlgorithm');
  });

  it('is refused with an HMAC by the public key', async () => {
    const secret = encodeJson(client.key.jwk);
    const header = { kid: account, url: account, nonce: await client.nonce() };
    const jws = await signBinding(secret, header, {});
    await refuse(() => sendJws(jws), 400, 'badSignatureAlgorithm');
  });

  it('is refused with the signature of another key', async () => {
    const header = { kid: account, url: account, nonce: await client.nonce() };
    await refuse(async () => sendJws(await signJws(otherKey, header, undefined)), 400, 'malformed');
  });

  it('is refused if header, payload or signature was changed', async () => {
    const jws = await signJws(
      client.key,
      { kid: account, url: account, nonce: await client.nonce() },
      { contact: [] },
    );
    const signature = encodeBase64url(new Uint8Array(64));
    const head = { alg: 'ES256', kid: account, url: account, nonce: await client.nonce() };
    for (const change of [
      { payload: encodeJson({ status: 'deactivated' }) },
      { payload: '' },
      { signature },
      { signature: '' },
      { signature: `${jws.signature}AAAA` },
      { signature: jws.signature.slice(4) },
      { protected: encodeJson(head) },
    ]) {
      await refuse(() => sendJws({ ...jws, ...change }), 400, 'malformed');
    }
  });
});

describe('the body', () => {
  it.each([
    ['application/json'],
    ['application/jose'],
    ['application/jose+json2'],
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/problem+jose+json'],
  ])('is refused as %s', async (contentType) => {
    const send = () => client.post(account, undefined, { contentType });
    await refuse(send, 415, 'malformed');
  });

  it.each([
    ['empty', ''],
    ['not JSON', 'status=deactivated'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"a.b.c"'],
    ['a compact JWS', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA'],
    ['an empty object', '{}'],
    ['with numbers', '{"protected":1,"payload":2,"signature":3}'],
    ['in the general form', '{"payload":"","signatures":[{"protected":"e30","signature":""}]}'],
    ['with an unprotected header', '{"protected":"e30","payload":"","signature":"","header":{}}'],
    ['with padding', '{"protected":"e30=","payload":"","signature":""}'],
    ['not UTF-8 inside', '{"protected":"_w","payload":"","signature":""}'],
    ['deeply nested', `{"protected":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ])('is refused if it is %s', async (_, body) => {
    await refuse(() => sendBody(body), 400, 'malformed');
  });

  it('is refused if it has a megabyte', async () => {
    const jws = await signRead();
    const large = { ...jws, more: 'x'.repeat(1024 * 1024) };
    await refuse(() => sendJws(large), 413, 'malformed');
  });

  it.each([
    ['an array', []],
    ['a string', 'deactivated'],
    ['null', null],
  ])('is refused if its payload is %s', async (_, payload) => {
    await refuse(() => client.post(account, payload), 400, 'malformed');
  });

  it('is refused if its payload is not JSON', async () => {
    const header = encodeJson({
      alg: 'ES256',
      kid: account,
      url: account,
      nonce: await client.nonce(),
    });
    const payload = encodeBase64url(new TextEncoder().encode('{'));
    const signed = new TextEncoder().encode(`${header}.${payload}`);
    const signature = encodeBase64url(await client.key.sign(signed));
    await refuse(() => sendJws({ protected: header, payload, signature }), 400, 'malformed');
  });
});

describe('an address', () => {
  it.each(['GET', 'PUT', 'DELETE'])('that is read by POST refuses %s', async (method) => {
    const answer = await refuse(() => client.send(account, { method }), 405, 'malformed');
    expect(answer.headers.get('Allow')).toBe('POST');
  });

  it.each(['/acme/default/nothing', '/acme/', '/acme/x'])(
    'that does not exist has a nonce: %s',
    async (path) => {
      const answer = await live.send(path, { as: null });
      expect(answer.headers.get('Replay-Nonce')).toHaveLength(43);
      expectProblem(answer, 404, 'malformed');
    },
  );

  it('of another account looks like none', async () => {
    const other = await openRegistered(live);
    const absent = await refuse(
      () => client.post(`${BASE}/acct/acme-${'0'.repeat(20)}`),
      404,
      'malformed',
    );
    const foreign = await refuse(() => client.post(other.account ?? ''), 404, 'malformed');
    expect(foreign.json.detail).toBe(absent.json.detail);
    const deactivate = { status: 'deactivated' };
    await refuse(() => client.post(other.account ?? '', deactivate), 404, 'malformed');
    expect((await other.post(other.account ?? '')).json.status).toBe('valid');
  });
});
