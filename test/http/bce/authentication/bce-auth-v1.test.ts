import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BceRequest,
  verifyBceAuthorization,
} from '../../../../src/http/bce/authentication/bce-auth-v1.ts';
import vectors from './bce-auth-v1.vectors.json';
import { type BceSignature, signBce } from './sign-bce.ts';

const TIMESTAMP = '2014-06-13T05:57:36Z';
const NOW_SECONDS = Date.parse(TIMESTAMP) / 1000;
const KEY = { id: 'my_ak', secret: 'my_sk' };
const IDENTITY = { accessKeyId: KEY.id, accountId: 'acct-1', root: false };

/** Finds secrets as the store does: an unknown key gets a random one. */
const SECRETS = {
  findSecret: async (id: string) => ({
    accountId: id === KEY.id ? IDENTITY.accountId : null,
    secret: new TextEncoder().encode(id === KEY.id ? KEY.secret : 'another'),
    root: false,
  }),
};
const PATH = '/v1/certificate';
const HOST = 'certificate.baidubce.com';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function request({
  method = 'GET',
  path = PATH,
  query = '',
  headers,
  body = '',
}: Sent): BceRequest {
  return {
    method,
    path,
    query,
    headers: new Headers({ Host: HOST, ...headers }),
    hasBody: body !== '',
    readBody: async () => new TextEncoder().encode(body),
  };
}

function verify(sent: Sent, authorization: string, nowSeconds = NOW_SECONDS) {
  return verifyBceAuthorization(request(sent), {
    authorization,
    nowSeconds,
    secrets: SECRETS,
  });
}

function sign(canonical: readonly string[], changes: Partial<BceSignature> = {}) {
  const key = { accessKeyId: KEY.id, secret: KEY.secret, timestamp: TIMESTAMP };
  return signBce({ ...key, signedHeaders: 'host', canonical, ...changes });
}

const HOST_ONLY = ['GET', PATH, '', `host:${HOST}`];

describe('verifyBceAuthorization', () => {
  for (const vector of vectors.vectors) {
    it(`accepts the vector ${vector.name}`, async () => {
      const timestamp =
        vector.timestamp ??
        new Date((vector.timestampEpoch ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
      const names = Object.keys(vector.headers).map((name) => name.toLowerCase());
      const list = vector.signedHeaders ?? names.sort().join(';');
      const authorization = (signature: string) =>
        `bce-auth-v1/${vector.accessKeyId}/${timestamp}/${vector.expires}/${list}/${signature}`;
      const { host: _, ...headers } = Object.fromEntries(
        Object.entries(vector.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      );
      const sent: BceRequest = {
        method: vector.method,
        path: vector.path,
        query: vector.query.map(([key, value]) => `${key}=${value}`).join('&'),
        headers: new Headers({ ...headers, host: vector.headers.Host }),
        hasBody: vector.method === 'PUT' && 'Content-Length' in vector.headers,
        readBody: async () => new Uint8Array(),
      };
      const options = {
        nowSeconds: Date.parse(timestamp) / 1000,
        secrets: {
          findSecret: async () => ({
            accountId: 'acct-1',
            secret: new TextEncoder().encode(vector.secret),
            root: false,
          }),
        },
      };
      const verifyWith = (signature: string) =>
        verifyBceAuthorization(sent, { ...options, authorization: authorization(signature) });
      if ('Content-Md5' in vector.headers) {
        // The example's body is not published. Its signature is valid if only its MD5 is refused.
        await expect(verifyWith(vector.expected)).rejects.toMatchObject({ field: 'Content-MD5' });
      } else {
        expect(await verifyWith(vector.expected)).toMatchObject({
          accessKeyId: vector.accessKeyId,
        });
      }
      const last = vector.expected.endsWith('0') ? '1' : '0';
      await expect(verifyWith(vector.expected.slice(0, -1) + last)).rejects.toMatchObject({
        code: 'invalid-signature',
      });
    });
  }

  const dated = { 'x-bce-date': TIMESTAMP };
  const json = { 'Content-Type': 'application/json; charset=UTF-8' };
  const jsonLine = 'content-type:application%2Fjson%3B%20charset%3DUTF-8';
  const dateLine = 'x-bce-date:2014-06-13T05%3A57%3A36Z';
  it.each<[string, Sent, string, readonly string[]]>([
    [
      'an empty list, which means default headers (Python)',
      { headers: { ...dated, ...json, 'Content-Length': '0' } },
      '',
      ['GET', PATH, '', 'content-length:0', jsonLine, `host:${HOST}`, dateLine],
    ],
    [
      'an empty list after a proxy removed Content-Length: 0',
      { headers: { ...dated, ...json } },
      '',
      ['GET', PATH, '', 'content-length:0', jsonLine, `host:${HOST}`, dateLine],
    ],
    [
      'an empty list after a proxy added Content-Length: 0',
      { headers: { ...dated, 'Content-Length': '0' } },
      '',
      ['GET', PATH, '', `host:${HOST}`, dateLine],
    ],
    [
      'a listed Content-Length that a proxy removed',
      { method: 'DELETE', headers: dated },
      'content-length;host;x-bce-date',
      ['DELETE', PATH, '', 'content-length:0', `host:${HOST}`, dateLine],
    ],
    [
      'an empty list with any x-bce-* headers',
      { headers: { ...dated, 'x-bce-request-id': 'abc', 'X-Bce-Date-Of': 'a/b' } },
      '',
      ['GET', PATH, '', `host:${HOST}`, 'x-bce-date-of:a%2Fb', dateLine, 'x-bce-request-id:abc'],
    ],
    [
      'JavaScript: everything, and a query in small letters of percent-encoding',
      {
        method: 'PUT',
        path: `${PATH}/cert-5atue8m3sxsv`,
        query: 'certName=a%2db%2e%5f%2a',
        headers: { ...dated, ...json, 'Content-Length': '2' },
        body: '{}',
      },
      'content-length;content-type;host;x-bce-date',
      [
        'PUT',
        `${PATH}/cert-5atue8m3sxsv`,
        'certName=a-b._%2A',
        'content-length:2',
        jsonLine,
        `host:${HOST}`,
        dateLine,
      ],
    ],
    [
      'Go: a bare flag, without a request id among what is signed',
      {
        method: 'PUT',
        query: 'certData',
        headers: { ...dated, ...json, 'x-bce-request-id': 'made-by-the-client' },
        body: '{}',
      },
      'content-type;host;x-bce-date',
      ['PUT', PATH, 'certData=', jsonLine, `host:${HOST}`, dateLine],
    ],
    [
      'Java: Host alone, with a Date that is not signed',
      { headers: { Date: 'Fri, 13 Jun 2014 05:57:36 GMT' } },
      'host',
      HOST_ONLY,
    ],
    [
      'a host with a port',
      { headers: { Host: '127.0.0.1:8787' } },
      'host',
      ['GET', PATH, '', 'host:127.0.0.1%3A8787'],
    ],
    [
      'listed names in capitals',
      { headers: dated },
      'Host;X-Bce-Date',
      ['GET', PATH, '', `host:${HOST}`, dateLine],
    ],
    ['a listed header that is not there', {}, 'content-md5;host', HOST_ONLY],
    [
      'a listed header that is empty',
      { headers: { 'x-bce-acl': ' ' } },
      'host;x-bce-acl',
      HOST_ONLY,
    ],
    [
      'whole pairs sorted, not keys, and no authorization',
      { query: 'a=1&a-b=2&&A=%E5%BF%A0&Authorization=x&c=d=e' },
      'host',
      ['GET', PATH, 'A=%E5%BF%A0&a-b=2&a=1&c=d%3De', `host:${HOST}`],
    ],
    [
      'an encoded path',
      { path: '/v1/a%2db/%2f%7e/忠' },
      'host',
      ['GET', '/v1/a-b/%2F~/%E5%BF%A0', '', `host:${HOST}`],
    ],
    [
      'a percent sign without hex digits',
      { query: 'a=%zz+' },
      'host',
      ['GET', PATH, 'a=%25zz%2B', `host:${HOST}`],
    ],
    [
      'a correct Content-MD5',
      { method: 'PUT', body: 'hello', headers: { 'Content-MD5': 'XUFAKrxLKna5cZ2REBfFkg==' } },
      'host',
      ['PUT', PATH, '', `host:${HOST}`],
    ],
    [
      'the Content-MD5 of no body',
      { headers: { 'Content-MD5': '1B2M2Y8AsgTpgAmY7PhCfg==' } },
      'host',
      HOST_ONLY,
    ],
  ])('accepts %s', async (_name, sent, signedHeaders, canonical) => {
    expect(await verify(sent, await sign(canonical, { signedHeaders }))).toEqual(IDENTITY);
    const wrong = await sign([...canonical, ''], { signedHeaders });
    await expect(verify(sent, wrong)).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it.each<[string, Sent]>([
    ['method', { method: 'HEAD' }],
    ['path', { path: `${PATH}/` }],
    ['query', { query: 'certName=' }],
    ['host', { headers: { Host: `${HOST}:8787` } }],
  ])('refuses a %s that was not signed', async (_name, sent) => {
    await expect(verify(sent, await sign(HOST_ONLY))).rejects.toMatchObject({
      code: 'invalid-signature',
    });
  });

  it('does not assume a Content-Length of 0 for a request with a body', async () => {
    const canonical = ['PUT', PATH, '', 'content-length:0', `host:${HOST}`];
    const authorization = await sign(canonical, { signedHeaders: 'content-length;host' });
    await expect(
      verify({ method: 'PUT', body: '{}', headers: { 'Content-Length': '2' } }, authorization),
    ).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it('refuses a body without the MD5 of its header, after the signature was verified', async () => {
    const sent = {
      method: 'PUT',
      body: 'hello',
      headers: { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    };
    const authorization = await sign(['PUT', PATH, '', `host:${HOST}`]);
    await expect(verify(sent, authorization)).rejects.toMatchObject({
      code: 'malformed-request',
      field: 'Content-MD5',
    });
    await expect(verify(sent, await sign(HOST_ONLY))).rejects.toMatchObject({
      code: 'invalid-signature',
    });
  });

  describe('time', () => {
    const minutes = 60;
    it.each([
      ['30 minutes later', 30 * minutes, 1800, true],
      ['a second more', 30 * minutes + 1, 1800, false],
      ['a second more, though it claims a longer life', 30 * minutes + 1, 86_400, false],
      ['a minute later, signed for a minute', minutes, 60, true],
      ['a minute and a second later, signed for a minute', minutes + 1, 60, false],
      ['30 minutes earlier, for a clock that is ahead', -30 * minutes, 60, true],
      ['a second earlier than that', -30 * minutes - 1, 60, false],
    ])('%s', async (_name, laterSeconds, validForSeconds, good) => {
      const authorization = await sign(HOST_ONLY, { validForSeconds });
      const verified = verify({}, authorization, NOW_SECONDS + laterSeconds);
      if (good) expect(await verified).toEqual(IDENTITY);
      else await expect(verified).rejects.toMatchObject({ code: 'request-expired' });
    });

    it.each([
      ['x-bce-date', '2014-06-13T06:27:36Z', null],
      ['x-bce-date', '2014-06-13T06:27:37Z', 'request-expired'],
      ['x-bce-date', '2014-06-13T05:27:35Z', 'request-expired'],
      ['Date', 'Fri, 13 Jun 2014 06:27:36 GMT', null],
      ['Date', 'Fri, 13 Jun 2014 06:27:37 GMT', 'request-expired'],
      ['x-bce-date', 'yesterday', 'malformed-request'],
      ['Date', 'yesterday', 'malformed-request'],
    ])('%s: %s, unsigned', async (name, value, code) => {
      const verified = verify({ headers: { [name]: value } }, await sign(HOST_ONLY));
      if (code === null) expect(await verified).toEqual(IDENTITY);
      else await expect(verified).rejects.toMatchObject({ code });
    });
  });

  it.each([
    ['nothing', ''],
    ['another scheme', 'Basic bXlfYWs6bXlfc2s='],
    ['another version', `bce-auth-v2/my_ak/${TIMESTAMP}/1800/host/00`],
    ['too few parts', `bce-auth-v1/my_ak/${TIMESTAMP}/1800/00`],
    ['too many parts', `bce-auth-v1/my_ak/${TIMESTAMP}/1800/host/00/11`],
    ['no access key id', `bce-auth-v1//${TIMESTAMP}/1800/host/00`],
    ['no signature', `bce-auth-v1/my_ak/${TIMESTAMP}/1800/host/`],
    ['a time with a fraction', 'bce-auth-v1/my_ak/2014-06-13T05:57:36.000Z/1800/host/00'],
    ['a time that does not exist', 'bce-auth-v1/my_ak/2014-02-30T05:57:36Z/1800/host/00'],
    ['an expiry that is no number', `bce-auth-v1/my_ak/${TIMESTAMP}/-1/host/00`],
    ['signed headers without Host', `bce-auth-v1/my_ak/${TIMESTAMP}/1800/x-bce-date/00`],
    ['a signed header twice', `bce-auth-v1/my_ak/${TIMESTAMP}/1800/host;Host/00`],
    ['a signed header that is no name', `bce-auth-v1/my_ak/${TIMESTAMP}/1800/host;a:b/00`],
  ])('refuses as malformed: %s', async (_name, authorization) => {
    await expect(verify({}, authorization)).rejects.toMatchObject({
      code: 'malformed-authorization',
    });
  });

  it('refuses temporary credentials', async () => {
    const sent = { headers: { 'x-bce-security-token': 'abc' } };
    await expect(verify(sent, await sign(HOST_ONLY))).rejects.toMatchObject({
      code: 'unknown-access-key',
      field: 'x-bce-security-token',
    });
  });

  it('refuses an unknown access key after the same work', async () => {
    const sign256 = crypto.subtle.sign;
    let signed = 0;
    crypto.subtle.sign = (...args) => {
      signed++;
      return sign256.apply(crypto.subtle, args);
    };
    try {
      const known = await sign(HOST_ONLY);
      const unknown = await sign(HOST_ONLY, { accessKeyId: 'other' });
      signed = 0;
      await verify({}, known);
      const work = signed;
      await expect(verify({}, unknown)).rejects.toMatchObject({ code: 'unknown-access-key' });
      expect(work).toBeGreaterThan(0);
      expect(signed).toBe(2 * work);
    } finally {
      crypto.subtle.sign = sign256;
    }
  });

  it('refuses a signature by another secret, and one that is not hex', async () => {
    const other = await sign(HOST_ONLY, { secret: 'another' });
    await expect(verify({}, other)).rejects.toMatchObject({ code: 'invalid-signature' });
    const none = other.replace(/[^/]+$/, 'wrong');
    await expect(verify({}, none)).rejects.toMatchObject({ code: 'invalid-signature' });
  });

  it('answers any Authorization header with an identity or a SignetError', async () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('bce-auth-v1', 'my_ak', TIMESTAMP, '1800'));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.string(), async (parts, query) => {
        await expect(verify({ query }, parts.join('/'))).rejects.toMatchObject({
          name: 'SignetError',
        });
      }),
    );
  });

  it('reads a query the same in any encoding', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 20 }), async (value) => {
        const strict = encodeURIComponent(value).replace(
          /[!'()*]/g,
          (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
        );
        const loose = [...new TextEncoder().encode(value)]
          .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
          .join('');
        const authorization = await sign(['GET', PATH, `certName=${strict}`, `host:${HOST}`]);
        expect(await verify({ query: `certName=${strict}` }, authorization)).toEqual(IDENTITY);
        expect(await verify({ query: `certName=${loose}` }, authorization)).toEqual(IDENTITY);
      }),
    );
  });
});
