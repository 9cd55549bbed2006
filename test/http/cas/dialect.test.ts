import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { isSignedBy } from '../../../src/x509/path/chain.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, makeCsrPem, makeKeyPair } from '../../make-csr.ts';
import { countRows } from '../../store/database.ts';
import { encodePairs, signV3 } from './authentication/sign-acs.ts';
import {
  call,
  callV1,
  createInstance,
  createKey,
  HOST,
  listEvents,
  now,
  post,
  ROOT_KEY,
  readAnswer,
} from './cas-client.ts';

/** A name belongs to one key. */
const KEY_PAIR = await makeKeyPair();

let worker: TestWorker;
let log: string[];
beforeEach(async () => {
  log = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void log.push(String(line)));
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

async function makeParameters(): Promise<Record<string, string>> {
  return {
    InstanceId: await createInstance(worker),
    Csr: await makeCsrPem({ subject: [commonName('Sub CA (a) *’!~+')], keyPair: KEY_PAIR }),
    Validity: '10y',
  };
}

describe('CreateExternalCACertificate', () => {
  it('returns the certificate and its chain up to the root', async () => {
    const parameters = await makeParameters();
    const { status, body } = await call(worker, parameters);
    expect(Object.keys(body)).toEqual([
      'RequestId',
      'Identifier',
      'Certificate',
      'CertificateChain',
    ]);
    expect(status).toBe(200);
    expect(body.RequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.Identifier).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    const [certificate] = parsePem(String(body.Certificate));
    const chain = parsePem(String(body.CertificateChain));
    const root = await worker.send('/ca/default.crt');
    expect(chain.map(({ der }) => der)).toEqual([root.bytes]);
    const subCa = parseCertificate(certificate?.der ?? new Uint8Array());
    expect(await isSignedBy(subCa, parseCertificate(root.bytes))).toBe(true);
  });

  it('records a certificate that can be shown and revoked like any other', async () => {
    const parameters = await makeParameters();
    const { body } = await call(worker, parameters);
    const [instance] = (await worker.db.prepare('SELECT * FROM external_ca_instances').all())
      .results;
    const path = `/api/v1/external-ca-instances/${parameters.InstanceId}`;
    const get = async () => {
      const headers = { Authorization: `Basic ${btoa(`${ROOT_KEY.id}:${ROOT_KEY.secret}`)}` };
      return JSON.parse((await worker.send(path, { headers })).text);
    };
    expect(await get()).toMatchObject({
      instanceId: parameters.InstanceId,
      state: 'USED',
      certificate: { authority: 'default', serial: instance?.serial, identifier: body.Identifier },
    });
    const [row] = (await worker.db.prepare('SELECT * FROM certificates').all()).results;
    expect(row).toMatchObject({
      serial: instance?.serial,
      profile: 'external-sub-ca',
      origin: 'cas',
      account_id: 'root',
    });
    const [event] = await listEvents(worker, 'certificate.issue');
    expect(event).toMatchObject({
      actor: ROOT_KEY.id,
      outcome: 'done',
      target: row?.serial,
      request_id: body.RequestId,
    });
    expect(JSON.parse(String(event?.detail))).toMatchObject({
      profile: 'external-sub-ca',
      instance: parameters.InstanceId,
    });

    expect((await post(worker, `/api/v1/certificates/${row?.serial}/revoke`)).status).toBe(200);
    expect(await get()).toMatchObject({ state: 'REVOKE' });
  });

  it('accepts GET and POST, V1 and V3, parameters in the query, in a form, and in both', async () => {
    expect((await call(worker, await makeParameters(), { method: 'GET' })).status).toBe(200);
    for (const where of ['query', 'form', 'both'] as const) {
      const { status, text } = await callV1(worker, await makeParameters(), where);
      expect(status, text).toBe(200);
    }
    for (const chunked of [false, true]) {
      const { Csr = '', ...query } = await makeParameters();
      const body = encodePairs({ Csr }).replaceAll('%20', '+');
      const headers = await signV3({
        key: ROOT_KEY,
        host: HOST,
        date: now(),
        nonce: crypto.randomUUID(),
        query,
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      });
      const bytes = new TextEncoder().encode(body);
      const sent = await worker.send(`/?${encodePairs(query)}`, {
        method: 'POST',
        headers,
        body: chunked ? new Blob([bytes.slice(0, 9), bytes.slice(9)]).stream() : bytes,
      });
      expect(sent.response.status, sent.text).toBe(200);
    }
  });

  it('ignores unknown parameters', async () => {
    const more = {
      CertMaxTime: '1',
      ResourceGroupId: 'rg',
      'Tags.1.Key': 'k',
      'Tags.1.Value': 'v',
    };
    expect((await call(worker, { ...(await makeParameters()), ...more })).status).toBe(200);
  });

  it('makes two round trips to D1 in a warm isolate', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    const make = async () => ({
      ...(await makeParameters()),
      InstanceId: await createInstance(worker, { accountId: key.accountId }),
    });
    expect((await call(worker, await make(), { key })).status).toBe(200);
    const parameters = await make();
    worker.calls.count = 0;
    expect((await call(worker, parameters, { key })).status).toBe(200);
    expect(worker.calls.count).toBe(2);
  });
});

async function expectError(
  answer: Promise<{ status: number; body: Readonly<Record<string, unknown>> }>,
  code: string,
  status = 400,
) {
  const { body, status: sent } = await answer;
  expect({ ...body, status: sent }).toEqual({
    RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    HostId: HOST,
    Code: code,
    Message: expect.stringMatching(/./),
    Recommend: expect.any(String),
    status,
  });
  return String(body.Message);
}

describe('an error', () => {
  it.each(['InstanceId', 'Csr', 'Validity'])('names %s if it is missing', async (name) => {
    const parameters = await makeParameters();
    const { [name]: _, ...others } = parameters;
    const message = `${name} is mandatory for this action.`;
    expect(await expectError(call(worker, others), `Missing${name}`)).toBe(message);
    await expectError(call(worker, { ...parameters, [name]: '' }), `Missing${name}`);
  });

  it('has the vendor’s code for each fault of the signature', async () => {
    const parameters = { InstanceId: 'a' };
    const send = (options: Parameters<typeof call>[2]) => call(worker, parameters, options);
    await expectError(send({ key: { ...ROOT_KEY, secret: 'wrong' } }), 'SignatureDoesNotMatch');
    await expectError(
      send({ key: { id: 'ak-x', secret: 's' } }),
      'InvalidAccessKeyId.NotFound',
      404,
    );
    await expectError(send({ date: '2020-01-01T00:00:00Z' }), 'InvalidTimeStamp.Expired');
    await expectError(send({ date: 'today' }), 'InvalidTimeStamp.Format');
    await expectError(send({ headers: { 'x-acs-date': null } }), 'IncompleteSignature');
    await expectError(send({ nonce: 'n'.repeat(200) }), 'InvalidSignatureNonce');
    const unsigned = worker.send('/?Action=CreateExternalCACertificate').then(readAnswer);
    await expectError(unsigned, 'MissingAccessKeyId');
    await expectError(worker.send('/', { method: 'POST' }).then(readAnswer), 'MissingAccessKeyId');
    const headers = { Authorization: 'ACS3-RSA-SHA256 Credential=a,SignedHeaders=b,Signature=c' };
    await expectError(worker.send('/', { headers }).then(readAnswer), 'InvalidSignatureMethod');
    await expectError(
      callV1(worker, { SignatureMethod: 'HMAC-SHA256' }, 'query'),
      'InvalidSignatureMethod',
    );
    await expectError(callV1(worker, { Timestamp: 'now' }, 'form'), 'InvalidTimeStamp.Format');
  });

  it('shows the string to sign to the client, and not to the log', async () => {
    const wrong = { ...ROOT_KEY, secret: 'wrong' };
    const v3 = await call(worker, { Csr: 'in the call' }, { key: wrong });
    expect(v3.body.Message).toMatch(
      /^Specified signature does not match our calculation\. server StringToSign is \[ACS3-HMAC-SHA256\n[0-9a-f]{64}\]$/,
    );
    expect(v3.body.Recommend).toContain('POST\n/\nCsr=in%20the%20call\nhost:');
    const v1 = await callV1(worker, { Csr: 'in the call' }, 'form', wrong);
    expect(v1.body.Message).toMatch(
      /^Specified signature is not matched with our calculation\. server string to sign is:POST&%2F&AccessKeyId%3D.*Csr%3Din%2520the%2520call/,
    );
    expect(log.join()).not.toContain('in%');
  });

  it('is returned for another action and another version', async () => {
    const send = (options: Parameters<typeof call>[2]) => call(worker, {}, options);
    for (const action of ['DescribeRegions', 'createExternalCACertificate', '__proto__']) {
      await expectError(send({ action }), 'InvalidAction.NotFound', 404);
    }
    await expectError(send({ version: '2020-04-07' }), 'InvalidVersion');
    await expectError(callV1(worker, { Action: '' }, 'query'), 'MissingAction');
    await expectError(callV1(worker, { Version: '' }, 'query'), 'MissingVersion');
  });

  it('names what cannot be read', async () => {
    const get = (path: string) => worker.send(path).then(readAnswer);
    await expectError(get('/?Csr=%ff'), 'InvalidParameter');
    await expectError(get('/?Csr=1&Csr=2'), 'InvalidCsr');
    const body = new URLSearchParams({ Validity: '2y' });
    const both = worker.send('/?Validity=1y', { method: 'POST', body }).then(readAnswer);
    await expectError(both, 'InvalidValidity');
    const json = worker.send('/', { method: 'POST', body: '{"Csr":1}' }).then(readAnswer);
    await expectError(json, 'InvalidParameter');
    const large = new URLSearchParams({ ApiPassthrough: 'a'.repeat(1024 * 1024) });
    const sent = worker.send('/', { method: 'POST', body: large }).then(readAnswer);
    await expectError(sent, 'RequestTooLarge', 413);
    await expectError(get(`/?a=${'a'.repeat(70_000)}`), 'RequestTooLarge', 413);
    const put = await worker.send('/', { method: 'PUT' });
    expect(put.response.headers.get('Allow')).toBe('GET, HEAD, POST');
    await expectError(Promise.resolve(readAnswer(put)), 'UnsupportedHTTPMethod', 405);
  });

  it('is returned for plain http from another machine, in both versions of the signature', async () => {
    const far = { 'CF-Connecting-IP': '192.0.2.1' };
    const v1 = worker.send('/?AccessKeyId=a&Signature=b', { headers: far }).then(readAnswer);
    await expectError(v1, 'InvalidProtocol.NeedSsl');
    await expectError(
      call(worker, {}, { headers: far, signedHeaders: ['host'] }),
      'InvalidProtocol.NeedSsl',
    );
  });
});

describe('a nonce', () => {
  it('works for one call, whatever its result', async () => {
    const parameters = await makeParameters();
    const again = await makeParameters();
    const nonce = 'once';
    expect((await call(worker, parameters, { nonce })).status).toBe(200);
    await expectError(call(worker, again, { nonce }), 'SignatureNonceUsed');
    await expectError(
      call(worker, { ...again, Validity: '0d' }, { nonce: 'twice' }),
      'InvalidValidity',
    );
    await expectError(call(worker, again, { nonce: 'twice' }), 'SignatureNonceUsed');
    expect(await countRows(worker.db, 'certificates')).toBe(1);
    const reasons = (await listEvents(worker, 'cas.call')).map(({ detail, outcome }) => {
      expect(outcome).toBe('refused');
      return JSON.parse(String(detail)).reason;
    });
    expect(reasons).toEqual(['nonce-used', 'invalid-parameter', 'nonce-used']);
  });

  it('belongs to its access key', async () => {
    const key = await createKey(worker, ['*']);
    await expectError(call(worker, {}, { nonce: 'n' }), 'MissingInstanceId');
    await expectError(call(worker, {}, { nonce: 'n', key }), 'MissingInstanceId');
  });

  it('is not used up by a call with a wrong signature', async () => {
    const parameters = await makeParameters();
    const wrong = { ...ROOT_KEY, secret: 'wrong' };
    await expectError(
      call(worker, parameters, { nonce: 'n', key: wrong }),
      'SignatureDoesNotMatch',
    );
    expect((await call(worker, parameters, { nonce: 'n' })).status).toBe(200);
    expect(await listEvents(worker, 'cas.call')).toEqual([]);
  });

  it('works for one of many concurrent calls', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, makeParameters));
    const answers = await Promise.all(all.map((each) => call(worker, each, { nonce: 'n' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.Code === 'SignatureNonceUsed')).toHaveLength(9);
    expect(await countRows(worker.db, 'certificates')).toBe(1);
  });

  it('is deleted after 31 minutes', async () => {
    await call(worker, {}, { nonce: 'old' });
    await call(worker, {}, { nonce: 'new' });
    await worker.db
      .prepare("UPDATE nonces SET used_at_s = used_at_s - 1861 WHERE nonce = 'old'")
      .run();
    await expectError(call(worker, {}, { nonce: 'new' }), 'SignatureNonceUsed');
    await expectError(call(worker, {}, { nonce: 'old' }), 'MissingInstanceId');
    await worker.db
      .prepare("UPDATE nonces SET used_at_s = used_at_s - 1861 WHERE nonce = 'old'")
      .run();
    const { body } = await post(worker, '/api/v1/jobs/clean-up');
    expect(body).toMatchObject({ job: 'clean-up', report: { nonces: 1, more: false } });
    expect(await countRows(worker.db, 'nonces')).toBe(1);
  });
});

describe('an access key', () => {
  it.each([
    [['yundun-cert:CreateExternalCACertificate'], 200],
    [['yundun-cert:*'], 200],
    [['*'], 200],
    [['yundun-cert:DescribeCACertificate', 'certificates:*'], 403],
  ])('with the scopes %j gets %i', async (scopes, status) => {
    const key = await createKey(worker, scopes);
    const parameters = await makeParameters();
    const InstanceId = await createInstance(worker, { accountId: key.accountId });
    const answer = call(worker, { ...parameters, InstanceId }, { key });
    if (status === 403) await expectError(answer, 'Forbidden.RAM', 403);
    else expect((await answer).status).toBe(200);
    const events = await listEvents(worker, status === 403 ? 'cas.call' : 'certificate.issue');
    expect(events).toMatchObject([{ account_id: key.accountId, actor: key.id }]);
  });

  it('that is disabled or expired is refused immediately', async () => {
    const key = await createKey(worker, ['*']);
    await expectError(
      call(worker, { InstanceId: 'none', Csr: 'x', Validity: '1y' }, { key }),
      'InstanceNotFound',
      404,
    );
    for (const change of ['enabled = 0', 'enabled = 1, expires_at_s = 1']) {
      await worker.db.prepare(`UPDATE access_keys SET ${change} WHERE id = ?`).bind(key.id).run();
      const parameters = { ...(await makeParameters()) };
      await expectError(call(worker, parameters, { key }), 'InvalidAccessKeyId.Inactive');
    }
    expect(await countRows(worker.db, 'certificates')).toBe(0);
  });

  it('does not see what another account owns', async () => {
    const key = await createKey(worker, ['*']);
    const foreign = await makeParameters();
    const unknown = { ...foreign, InstanceId: 'cas_deposit-cn-000000000000' };
    const [first, second] = await Promise.all(
      [foreign, unknown].map((each) => call(worker, each, { key })),
    );
    expect(first?.status).toBe(404);
    expect({ ...first?.body, RequestId: '' }).toEqual({ ...second?.body, RequestId: '' });
  });

  it('is throttled separately by the platform’s rate limiter', async () => {
    const seen = new Map<string, number>();
    const limit = async ({ key }: { key: string }) => {
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return { success: (seen.get(key) ?? 0) <= 2 };
    };
    worker = await openWorker({ CALLS_PER_ACCESS_KEY: { limit } });
    const key = await createKey(worker, ['*']);
    for (const each of [ROOT_KEY, key]) {
      for (let count = 0; count < 2; count++) {
        await expectError(call(worker, {}, { key: each }), 'MissingInstanceId');
      }
      await expectError(call(worker, {}, { key: each }), 'Throttling.User');
    }
    const wrong = { ...ROOT_KEY, secret: 'wrong' };
    await expectError(call(worker, {}, { key: wrong }), 'SignatureDoesNotMatch');
    expect([...seen.values()]).toEqual([3, 3]);
  });
});

describe('GET / without an action', () => {
  it('answers a plain page in both languages that names no other host', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { response, text } = await worker.send('/', { method });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(text).not.toMatch(/https?:|\/\//);
      if (method === 'HEAD') continue;
      expect(text).toContain('lang="en"');
      expect(text).toContain('lang="zh-CN"');
      const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, path = '']) => path);
      // Static files, which the platform serves without the Worker.
      for (const path of new Set(links.filter((link) => link !== '/api/docs/'))) {
        expect((await worker.send(path)).response.status, path).toBe(200);
      }
    }
    expect((await worker.send('/?utm=1')).response.status).toBe(200);
    expect(env.PUBLIC_URL).toContain(HOST);
  });
});
