import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SdkClient, type SdkHeaders, type SignFunction, sdk } from './baidu-sdk.ts';
import { type KeptCertificate, makeKeptCertificate } from './kept-certificate.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';

const PATH = '/v1/certificate';
const UUID = /^[0-9a-f-]{36}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const openssl = requireTool('openssl', ['version']);

describe.skipIf(openssl.missing)(openssl.title("the vendor's JavaScript SDK"), () => {
  let server: RunningServer;
  let client: SdkClient;
  let first: KeptCertificate;
  let second: KeptCertificate;
  let id = '';

  beforeAll(async () => {
    server = await startServer();
    const credentials = readCredentials(server);
    client = new sdk.BceBaseClient({ endpoint: server.url, credentials }, 'certificate');
    first = makeKeptCertificate();
    second = makeKeptCertificate();
  });
  afterAll(() => server.stop());

  const list = async (path = PATH, params = {}) =>
    (await client.sendRequest('GET', path, { params })).body;

  it('creates a certificate', async () => {
    const { body, http_headers } = await client.sendRequest('POST', PATH, {
      body: JSON.stringify({
        certName: 'sdk_Create-1.x/*',
        certServerData: first.leaf,
        certPrivateData: first.key,
        certLinkData: first.root,
        certType: 1,
      }),
    });
    expect(body).toEqual({
      certId: expect.stringMatching(/^cert-[a-z0-9]{12}$/),
      certName: 'sdk_Create-1.x/*',
    });
    expect(http_headers['x-bce-request-id']).toMatch(UUID);
    expect(http_headers['content-type']).toBe('application/json; charset=utf-8');
    id = /cert-[a-z0-9]{12}/.exec(JSON.stringify(body))?.[0] ?? '';
  });

  const meta = () => ({
    certId: id,
    certName: 'sdk_Create-1.x/*',
    certCommonName: 'interop.test',
    certFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    certStartTime: expect.stringMatching(TIME),
    certStopTime: expect.stringMatching(TIME),
    certCreateTime: expect.stringMatching(TIME),
    certUpdateTime: expect.stringMatching(TIME),
    certType: 1,
  });
  const detail = () => ({
    ...meta(),
    certDNSNames: 'interop.test,www.interop.test',
    status: 'UNUSED',
    expired: false,
    resources: [],
  });

  it('lists certificates, finds one by name and shows it', async () => {
    expect(await list()).toEqual({ certs: [meta()] });
    // The SDK writes %2d, %2e, %5f and %2a, and signs the characters.
    expect(await list(PATH, { certName: 'sdk_Create-1.x/*' })).toEqual({ certs: [meta()] });
    expect(await list(PATH, { certName: 'another' })).toEqual({ certs: [] });
    expect(await list(`${PATH}/detail`)).toEqual({ certs: [detail()] });
    expect(await list(`${PATH}/${id}`)).toEqual(meta());
    expect(await list(`${PATH}/${id}/detail`)).toEqual(detail());
  });

  it('returns the uploaded certificate and key', async () => {
    expect(await list(`${PATH}/${id}/rawdata`)).toEqual({
      certId: id,
      certName: 'sdk_Create-1.x/*',
      certServerData: first.leaf,
      certPrivateKey: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      certLinkData: first.root,
      certType: 1,
    });
  });

  it('renames a certificate', async () => {
    const { body, http_headers } = await client.sendRequest('PUT', `${PATH}/${id}`, {
      params: { certName: '' },
      body: JSON.stringify({ certName: 'sdkRenamed' }),
    });
    expect(body).toEqual({});
    expect(http_headers['content-length']).toBe('0');
    expect(await list(`${PATH}/${id}`)).toMatchObject({ certName: 'sdkRenamed' });
  });

  it('replaces an expired certificate, and no other', async () => {
    const replace = () =>
      client.sendRequest('PUT', `${PATH}/${id}`, {
        params: { certData: '' },
        body: JSON.stringify({
          certName: 'sdkRenamed',
          certServerData: `${second.leaf}${second.root}`,
          certPrivateData: second.key,
        }),
      });
    await expect(replace()).rejects.toMatchObject({
      status_code: 409,
      code: 'OperationNotAllowedException',
      message: expect.any(String),
      request_id: expect.stringMatching(UUID),
    });
    // Make the certificate expire.
    await server.query('UPDATE inventory SET not_after_s = not_before_s - 1 WHERE id = ?', id);
    expect(await list(`${PATH}/${id}/detail`)).toMatchObject({ expired: true });
    const { body } = await replace();
    expect(body).toEqual({});
    expect(await list(`${PATH}/${id}/rawdata`)).toMatchObject({
      certServerData: second.leaf,
      certLinkData: second.root,
    });
  });

  it('parses errors', async () => {
    const create = (changes: object) =>
      client.sendRequest('POST', PATH, {
        body: JSON.stringify({
          certName: 'sdkError',
          certServerData: first.leaf,
          certPrivateData: first.key,
          ...changes,
        }),
      });
    const refused = (status: number, code: string) => ({ status_code: status, code });
    await expect(create({ certName: 'sdkRenamed' })).rejects.toMatchObject(
      refused(409, 'ResourceNameDuplicated'),
    );
    await expect(create({ certName: '1' })).rejects.toMatchObject(
      refused(400, 'ParametersInvalid'),
    );
    await expect(create({ certPrivateData: second.key })).rejects.toMatchObject(
      refused(400, 'UnmatchedPairParameterInvalid'),
    );
    await expect(create({ certPrivateData: 'x' })).rejects.toMatchObject(
      refused(400, 'PrivateKeyParameterInvalid'),
    );
    await expect(create({ certServerData: 'x' })).rejects.toMatchObject(
      refused(400, 'CertificateParameterInvalid'),
    );
    await expect(create({ certLinkData: 'x' })).rejects.toMatchObject(
      refused(400, 'CertChainParameterInvalid'),
    );
    await expect(
      client.sendRequest('PUT', `${PATH}/${id}`, {
        params: { certName: '' },
        body: JSON.stringify({ certName: 'sdkRenamed' }),
      }),
    ).rejects.toMatchObject(refused(403, 'ParametersNotChanged'));
  });

  describe('signs in many ways', () => {
    const variations: readonly (readonly [string, SdkHeaders, SignFunction])[] = [
      ['an empty list of signed headers', {}, signWith(undefined, emptyList)],
      ['Host alone', { 'x-bce-date': '' }, signWith(['host'])],
      ['Host and x-bce-date', {}, signWith(['host'])],
      [
        'Host alone and a Date',
        { 'x-bce-date': '', Date: new Date().toUTCString() },
        signWith(['host']),
      ],
      ['a Content-Length of 0', { 'Content-Length': 0 }, signWith(undefined)],
      ['a Content-Length of 0 that is not sent', {}, signWith(undefined, undefined, true)],
      [
        'an empty list and a Content-Length of 0 that is not sent',
        {},
        signWith(undefined, emptyList, true),
      ],
      ['a request id', { 'x-bce-request-id': 'of-the-client' }, signWith(undefined)],
    ];

    it.each(variations)('%s', async (_name, headers, sign) => {
      const credentials = readCredentials(server);
      const http = new sdk.HttpClient({ endpoint: server.url, credentials });
      const params = { certName: 'sdk-a.b_c/*' };
      const { body, http_headers } = await http.sendRequest(
        'GET',
        PATH,
        null,
        headers,
        params,
        sign,
      );
      expect(body).toEqual({ certs: [] });
      const given = headers['x-bce-request-id'];
      if (given !== undefined) expect(http_headers['x-bce-request-id']).toBe(given);
      const wrong = http.sendRequest('GET', PATH, null, headers, params, (...args) =>
        sign({ ...credentials, sk: 'wrong' }, ...tail(args)),
      );
      await expect(wrong).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    });
  });

  it('deletes a certificate', async () => {
    const { body } = await client.sendRequest('DELETE', `${PATH}/${id}`, {});
    expect(body).toEqual({});
    await expect(list(`${PATH}/${id}`)).rejects.toMatchObject({
      status_code: 404,
      code: 'ResourceNotFoundException',
    });
    expect(await list()).toEqual({ certs: [] });
  });

  it('leaves no key and no secret in the log', () => {
    const text = server.logs.join('\n');
    expect(text).toContain(id);
    expect(text).not.toContain('PRIVATE KEY');
    expect(text).not.toContain(server.secrets.ROOT_ACCESS_KEY_SECRET);
    expect(text).not.toContain('bce-auth-v1/');
  });
});

function readCredentials({ secrets }: RunningServer) {
  return { ak: secrets.ROOT_ACCESS_KEY_ID ?? '', sk: secrets.ROOT_ACCESS_KEY_SECRET ?? '' };
}

/** Signs the given headers with the SDK's own signer; `change` then edits the Authorization. */
function signWith(
  headersToSign: readonly string[] | undefined,
  change: (authorization: string) => string = (authorization) => authorization,
  signsMissingLength = false,
): SignFunction {
  return ({ ak, sk }, method, path, params, headers) => {
    const signed = signsMissingLength ? { ...headers, 'Content-Length': 0 } : headers;
    const nowSeconds = Date.now() / 1000;
    return change(
      new sdk.Auth(ak, sk).generateAuthorization(
        method,
        path,
        params,
        signed,
        nowSeconds,
        1800,
        headersToSign,
      ),
    );
  };
}

function emptyList(authorization: string): string {
  return authorization.replace(/\/[^/]*\/([^/]*)$/, '//$1');
}

function tail<T, Rest extends readonly unknown[]>([, ...rest]: readonly [T, ...Rest]): Rest {
  return rest;
}
