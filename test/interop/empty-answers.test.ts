import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization } from './api-client.ts';
import { sdk } from './baidu-sdk.ts';
import { makeKeptCertificate } from './kept-certificate.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';

const openssl = requireTool('openssl', ['version']);

interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Everything after the header section, before any decoding. */
  readonly rest: string;
}

/** Sends a request on a socket of its own and returns the bytes of the answer. */
function sendRaw(
  server: RunningServer,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(server.url);
  const head = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    'Accept-Encoding: gzip, deflate',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let received = '';
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [section = '', ...rest] = received.split('\r\n\r\n');
      const [first = '', ...fields] = section.split('\r\n');
      resolve({
        status: Number(first.split(' ')[1]),
        headers: new Map(
          fields.map((field) => [
            field.slice(0, field.indexOf(':')).toLowerCase(),
            field.slice(field.indexOf(':') + 1).trim(),
          ]),
        ),
        rest: rest.join('\r\n\r\n'),
      });
    });
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}

describe.skipIf(openssl.missing)(openssl.title('an answer without a body'), () => {
  let server: RunningServer;
  let id: string;
  const kept = openssl.missing ? null : makeKeptCertificate();

  beforeAll(async () => {
    server = await startServer();
    const upload = { certName: 'a', certServerData: kept?.leaf, certPrivateData: kept?.key };
    await sendBce('POST', '/v1/certificate', {}, upload);
    id = await findEntry();
  });
  afterAll(() => server.stop());

  function sendBce(method: string, path: string, query: Record<string, string>, body?: object) {
    const search = new URLSearchParams(query).toString();
    const { ROOT_ACCESS_KEY_ID = '', ROOT_ACCESS_KEY_SECRET = '' } = server.secrets;
    const auth = new sdk.Auth(ROOT_ACCESS_KEY_ID, ROOT_ACCESS_KEY_SECRET);
    const signed = { Host: new URL(server.url).host };
    const seconds = Date.now() / 1000;
    const headers = {
      Authorization: auth.generateAuthorization(method, path, query, signed, seconds, 1800, [
        'host',
      ]),
    };
    const text = body === undefined ? '' : JSON.stringify(body);
    return sendRaw(server, method, search === '' ? path : `${path}?${search}`, headers, text);
  }

  async function findEntry(): Promise<string> {
    const [row] = await server.query('SELECT id FROM inventory');
    return String(row?.id);
  }

  const sendApi = (method: string, path: string, body?: object) =>
    sendRaw(
      server,
      method,
      path,
      { Authorization: authorization(server) },
      body === undefined ? '' : JSON.stringify(body),
    );

  function expectEmpty({ status, headers, rest }: RawAnswer, expected: number) {
    expect([status, rest]).toEqual([expected, '']);
    expect(headers.has('transfer-encoding')).toBe(false);
    expect(headers.get('content-encoding')).toBe('identity');
    if (expected === 204) return;
    expect(headers.get('content-length')).toBe('0');
  }

  it('of the bce dialect is neither compressed nor chunked', async () => {
    const path = `/v1/certificate/${id}`;
    const renamed = await sendBce('PUT', path, { certName: '' }, { certName: 'b' });
    expectEmpty(renamed, 200);
    expect(renamed.headers.get('content-type')).toBe('application/json; charset=utf-8');
    await server.query('UPDATE inventory SET not_after_s = 1');
    const upload = { certServerData: kept?.leaf, certPrivateData: kept?.key };
    expectEmpty(await sendBce('PUT', path, { certData: '' }, upload), 200);
    expectEmpty(await sendBce('DELETE', path, {}), 200);
  });

  it('of the API is neither compressed nor chunked', async () => {
    await sendApi('POST', '/api/v1/inventory', {
      name: 'c',
      certificate: kept?.leaf,
      privateKey: kept?.key,
    });
    expectEmpty(await sendApi('DELETE', `/api/v1/inventory/${await findEntry()}`), 204);
  });

  it('of OCSP is neither compressed nor chunked', async () => {
    expectEmpty(await sendRaw(server, 'PUT', '/ocsp/default', {}), 405);
    const head = await sendRaw(server, 'HEAD', '/ocsp/default', {});
    expect(head.headers.get('content-encoding')).not.toBe('gzip');
  });

  it('with the status 304 of a download has no bytes, and no encoding in the answer to HEAD', async () => {
    for (const path of ['/ca/default.pem', '/ca/default.crt', '/api/ca/cacert', '/api/ca/crl']) {
      const head = await sendRaw(server, 'HEAD', path, {});
      expect(head).toMatchObject({ status: 200, rest: '' });
      expect(head.headers.has('content-encoding')).toBe(false);
      const etag = { 'If-None-Match': head.headers.get('etag') ?? '' };
      const unchanged = await sendRaw(server, 'GET', path, etag);
      expect(unchanged).toMatchObject({ status: 304, rest: '' });
      expect(unchanged.headers.get('content-encoding')).toBe('identity');
      const same = await sendRaw(server, 'HEAD', path, etag);
      expect(same.headers.get('content-encoding')).toBe('identity');
    }
  });
});
