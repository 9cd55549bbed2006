import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeParameters,
  mergeParameters,
} from '../../../../src/http/cas/authentication/acs-parameters.ts';
import { SignatureMismatch } from '../../../../src/http/cas/authentication/acs-request.ts';
import { isAcsV3, verifyAcsV3 } from '../../../../src/http/cas/authentication/acs-v3.ts';
import { ACCESS_KEY, openSecrets } from '../../../access/secrets-fixture.ts';
import { encode, encodePairs, signV3, type V3Request } from './sign-acs.ts';

const NOW_SECONDS = Date.UTC(2026, 10, 22, 0, 56, 12) / 1000;
const DATE = '2026-11-22T00:56:12Z';
const SIGNED: V3Request = {
  key: ACCESS_KEY,
  date: DATE,
  nonce: '2ac9d26f',
  query: { InstanceId: 'cas_deposit-cn-1234abcd', Validity: '10y' },
};

interface Sent {
  readonly method?: string;
  /** As sent. */
  readonly query?: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly nowSeconds?: number;
}

async function verify({ method = 'POST', query = '', body = '', headers, nowSeconds }: Sent) {
  const { secrets, operations } = await openSecrets();
  const parameters = decodeParameters(query);
  const { Authorization = '', ...others } = headers;
  const request = {
    method,
    headers: new Headers(others),
    query: parameters,
    parameters: mergeParameters(parameters, new Map()),
    body: new TextEncoder().encode(body),
  };
  const signed = await verifyAcsV3(request, Authorization, {
    nowSeconds: nowSeconds ?? NOW_SECONDS,
    secrets,
  });
  return { ...signed, operations };
}

async function send(request: V3Request, changes: Partial<Sent> = {}) {
  const headers = await signV3(request);
  return verify({
    ...(request.method === undefined ? {} : { method: request.method }),
    query: encodePairs(request.query ?? {}),
    ...(request.body === undefined ? {} : { body: request.body }),
    ...changes,
    headers: { ...headers, ...changes.headers },
  });
}

describe('verifyAcsV3', () => {
  it('calculates the published vector', async () => {
    const parameters = decodeParameters(
      'ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai',
    );
    const headers = {
      host: 'ecs.cn-shanghai.aliyuncs.com',
      'x-acs-action': 'RunInstances',
      'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-acs-date': '2023-10-26T10:22:32Z',
      'x-acs-signature-nonce': '3156853299f313e23d1673dc12e1703d',
      'x-acs-version': '2014-05-26',
    };
    const verifyVector = (signature: string) =>
      verifyAcsV3(
        {
          method: 'POST',
          headers: new Headers(headers),
          query: parameters,
          parameters,
          body: new Uint8Array(),
        },
        `ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=${Object.keys(headers).join(';')},Signature=${signature}`,
        {
          nowSeconds: Date.UTC(2023, 9, 26, 10, 22, 32) / 1000,
          secrets: {
            findSecret: async () => ({
              accountId: 'acct-1',
              secret: new TextEncoder().encode('YourAccessKeySecret'),
              root: false,
            }),
          },
        },
      );
    const good = '06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0';
    expect(await verifyVector(good)).toEqual({
      identity: { accessKeyId: 'YourAccessKeyId', accountId: 'acct-1', root: false },
      nonce: '3156853299f313e23d1673dc12e1703d',
    });
    await expect(verifyVector(good.replace('0', '1'))).rejects.toMatchObject({
      code: 'invalid-signature',
      message:
        'Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259]',
      canonicalRequest: [
        'POST',
        '/',
        'ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai',
        ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
        '',
        Object.keys(headers).join(';'),
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      ].join('\n'),
    });
  });

  it('returns the identity of the access key', async () => {
    const { identity, nonce } = await send(SIGNED);
    const { id, accountId } = ACCESS_KEY;
    expect(identity).toEqual({ accessKeyId: id, accountId, root: false });
    expect(nonce).toBe('2ac9d26f');
  });

  it.each([
    ['raw as far as allowed', "Csr=a(b)*'!~c/+d%20e"],
    ['strict in lower case', 'Csr=a%28b%29%2a%27%21%7ec%2f%20d%20e'],
    ['with plus for space', 'Csr=a%28b%29*%27!~c%2F+d+e'],
  ])('reads a query in strict encoding that was sent %s', async (_, query) => {
    await send({ ...SIGNED, query: { Csr: "a(b)*'!~c/ d e" } }, { query });
  });

  it('accepts any parameters, in any order', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((each) => each !== '');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 6 }),
        async (pairs) => {
          const loose = pairs.map(
            ([name, value]) => `${encodeURIComponent(name)}=${encode(value)}`,
          );
          const query = loose.reverse().join('&');
          await send({ ...SIGNED, query: Object.fromEntries(pairs) }, { query });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('verifies forms by the hash of the body', async () => {
    const body = 'Validity=10y&Csr=a+b';
    await send({ ...SIGNED, body });
    const changed = send({ ...SIGNED, body }, { body: 'Validity=11y&Csr=a+b' });
    await expect(changed).rejects.toBeInstanceOf(SignatureMismatch);
  });

  it('verifies exactly the listed headers', async () => {
    const headers = {
      'content-type': 'application/json',
      'x-acs-credentials-provider': 'static_ak',
    };
    await send({ ...SIGNED, headers }, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    const changed = send({ ...SIGNED, headers }, { headers: { 'content-type': 'text/plain' } });
    await expect(changed).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it.each([
    ['the method', { method: 'GET' }],
    ['the host', { headers: { host: 'other.test' } }],
    ['the action', { headers: { 'x-acs-action': 'DeleteEverything' } }],
    ['the version', { headers: { 'x-acs-version': '2020-04-07' } }],
    ['the nonce', { headers: { 'x-acs-signature-nonce': 'another' } }],
    ['a parameter', { query: 'InstanceId=cas_deposit-cn-1234abcd&Validity=11y' }],
    ['a parameter more', { query: 'InstanceId=cas_deposit-cn-1234abcd&Validity=10y&A=1' }],
    ['the body', { body: 'a=1' }],
  ])('refuses a request if this was changed: %s', async (_, changes) => {
    await expect(send(SIGNED, changes)).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it('refuses a signed hash of another body', async () => {
    const headers = { 'x-acs-content-sha256': '0'.repeat(64) };
    await expect(send({ ...SIGNED, headers })).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it.each([
    'host',
    'x-acs-action',
    'x-acs-version',
    'x-acs-date',
    'x-acs-signature-nonce',
    'x-acs-content-sha256',
  ])('requires %s, and that it is signed', async (name) => {
    const error = { code: 'malformed-authorization', field: 'Authorization' };
    const missing = { ...SIGNED, headers: { [name]: null } };
    await expect(send(missing)).rejects.toMatchObject(error);
    const all = Object.keys(await signV3(SIGNED)).filter((each) => each !== 'Authorization');
    const signedHeaders = all.filter((each) => each !== name);
    const unsigned = send({ ...SIGNED, signedHeaders });
    await expect(unsigned).rejects.toMatchObject({
      ...error,
      message: expect.stringContaining(name),
    });
    const headers = { ...(await signV3({ ...SIGNED, headers: { [name]: '' } })) };
    await expect(verify({ headers })).rejects.toMatchObject(error);
  });

  it.each([
    ['ACS3-HMAC-SHA256', 'SignatureMethod'],
    ['ACS3-HMAC-SHA256 ', 'SignatureMethod'],
    ['ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=b', 'SignatureMethod'],
    ['ACS3-RSA-SHA256 Credential=a,SignedHeaders=host,Signature=b', 'SignatureMethod'],
    ['ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=b', 'Authorization'],
    ['ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host', 'Authorization'],
    ['ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=', 'Authorization'],
    ['ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host;host,Signature=b', 'Authorization'],
    ['ACS3-HMAC-SHA256 Credential=a,SignedHeaders=Host,Signature=b', 'Authorization'],
    ['ACS3-HMAC-SHA256 Credential=a,SignedHeaders=;,Signature=b', 'Authorization'],
    [
      `ACS3-HMAC-SHA256 Credential=a,SignedHeaders=${'a'.repeat(3000)},Signature=b`,
      'Authorization',
    ],
  ])('refuses the header %.60s…', async (authorization, field) => {
    const { Authorization: _, ...headers } = await signV3(SIGNED);
    const verifying = verify({ headers: { ...headers, Authorization: authorization } });
    await expect(verifying).rejects.toMatchObject({ code: 'malformed-authorization', field });
  });

  it('accepts clocks that are 15 minutes off, and not a second more', async () => {
    for (const offset of [-900, 900]) await send(SIGNED, { nowSeconds: NOW_SECONDS + offset });
    for (const offset of [-901, 901]) {
      const late = send(SIGNED, { nowSeconds: NOW_SECONDS + offset });
      await expect(late).rejects.toMatchObject({ code: 'request-expired' });
    }
  });

  it.each([
    '2026-11-22 00:56:12',
    '2026-11-22T00:56:12.000Z',
    '2026-11-31T00:56:12Z',
    '1',
    '2026-11-22T00:56:12+00:00',
  ])('refuses the date %s', async (date) => {
    const error = { code: 'malformed-authorization', field: 'x-acs-date' };
    await expect(send({ ...SIGNED, date })).rejects.toMatchObject(error);
  });

  it('refuses a nonce that is too long, and temporary credentials', async () => {
    await expect(send({ ...SIGNED, nonce: 'n'.repeat(129) })).rejects.toMatchObject({
      code: 'invalid-parameter',
      field: 'SignatureNonce',
    });
    const headers = { 'x-acs-security-token': 'token' };
    const temporary = send({ ...SIGNED, headers });
    await expect(temporary).rejects.toMatchObject({ code: 'unknown-access-key' });
  });

  it('refuses an unknown key after the same work as a known one', async () => {
    const unknown = { ...SIGNED, key: { id: 'ak-unknown', secret: 'x' } };
    await expect(send(unknown)).rejects.toMatchObject({ code: 'unknown-access-key' });
    const { secrets, operations } = await openSecrets();
    for (const id of [ACCESS_KEY.id, 'ak-unknown']) {
      operations.length = 0;
      await secrets.findSecret(id);
      expect(operations.filter((each) => each !== 'seal')).toEqual(['find', 'open']);
    }
  });

  it('refuses a wrong secret', async () => {
    const wrong = { ...SIGNED, key: { ...ACCESS_KEY, secret: 'wrong' } };
    await expect(send(wrong)).rejects.toMatchObject({ code: 'invalid-signature' });
  });
});

describe('isAcsV3', () => {
  it('depends on the beginning of the header', () => {
    expect(isAcsV3('ACS3-HMAC-SHA256 Credential=a')).toBe(true);
    expect(isAcsV3('ACS3-RSA-SHA256 Credential=a')).toBe(true);
    for (const other of [null, '', 'Basic YTpi', 'acs id:signature']) {
      expect(isAcsV3(other)).toBe(false);
    }
  });
});
