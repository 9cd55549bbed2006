import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, issue } from './api-client.ts';
import { makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

describe.skipIf(openssl.missing)(openssl.title('certificates of openssl in the inventory'), () => {
  const work = makeWorkDirectory();
  const path = (name: string) => join(work.path, name);
  const read = (name: string) => readFileSync(path(name), 'utf8');
  let server: RunningServer;
  let bearer = '';

  beforeAll(async () => {
    server = await startServer();
    run('openssl', [
      ...['req', '-x509', ...EC, '-subj', '/CN=Interop Root', '-days', '30'],
      ...['-keyout', path('root.key'), '-out', path('root.pem')],
    ]);
    const { csrPem } = makeKeyAndCsr(work, 'www', 'DNS:www.example.test');
    work.write('www.csr', csrPem);
    run('openssl', [
      ...['x509', '-req', '-in', path('www.csr'), '-days', '20', '-copy_extensions', 'copy'],
      ...['-CA', path('root.pem'), '-CAkey', path('root.key'), '-out', path('www.pem')],
    ]);
    const account = await call('POST', '/api/v1/accounts', { name: 'web team' });
    const accessKey = await call('POST', '/api/v1/access-keys', {
      name: 'deployer',
      accountId: account.json.id,
      scopes: ['inventory:*'],
    });
    bearer = `Bearer ${accessKey.json.id}.${accessKey.json.secret}`;
  });
  afterAll(async () => {
    await server.stop();
    work.remove();
  });

  async function call(method: string, target: string, body?: object) {
    const response = await fetch(`${server.url}${target}`, {
      method,
      headers: { Authorization: bearer === '' ? authorization(server) : bearer },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
    const json: Record<string, unknown> = isJson ? JSON.parse(text) : {};
    return { status: response.status, text, json };
  }

  const keyOf = (pem: string) =>
    run('openssl', ['pkey', '-outform', 'DER'], { input: pem }).stdoutBytes;

  it('are returned with their keys', async () => {
    const { status, json } = await call('POST', '/api/v1/inventory', {
      name: 'www',
      certificate: read('www.pem'),
      chain: read('root.pem'),
      privateKey: read('www.key.pem'),
    });
    expect(status).toBe(201);
    const entry = await call('GET', `/api/v1/inventory/${json.id}`);
    expect(entry.json).toMatchObject({
      commonName: 'www',
      dnsNames: ['www.example.test'],
      ipAddresses: [],
      daysLeft: expect.toSatisfy((days) => days === 19 || days === 20),
      marks: [],
    });
    work.write('kept.pem', String(entry.json.certificate));
    const verified = run('openssl', ['verify', '-CAfile', path('root.pem'), path('kept.pem')]);
    expect(verified.stdout).toContain('OK');
    const privateKey = await call('GET', `/api/v1/inventory/${json.id}/private-key`);
    expect(keyOf(privateKey.text)).toEqual(keyOf(read('www.key.pem')));
  });

  it('have their key encrypted for the holder of the upload public key only', async () => {
    run('openssl', ['genpkey', '-algorithm', 'RSA', '-out', path('mine.key')]);
    run('openssl', ['pkey', '-in', path('mine.key'), '-pubout', '-out', path('mine.pub')]);
    const { json } = await call('POST', '/api/v1/inventory', {
      name: 'sealed-for-me',
      certificate: read('www.pem'),
      privateKey: read('www.key.pem'),
      uploadPublicKey: read('mine.pub'),
    });
    const { text } = await call('GET', `/api/v1/inventory/${json.id}/private-key`);
    expect(text).toMatch(/^-----BEGIN CMS-----/);
    const opened = run(
      'openssl',
      ['cms', '-decrypt', '-inform', 'PEM', '-inkey', path('mine.key')],
      { input: text },
    );
    expect(keyOf(opened.stdout)).toEqual(keyOf(read('www.key.pem')));
  });

  it('may come from the same account, but not from another one', async () => {
    const { csrPem } = makeKeyAndCsr(work, 'issued.test', 'DNS:issued.test');
    const certificate = await issue(server, csrPem);
    const serial = run('openssl', ['x509', '-noout', '-serial'], { input: certificate }).stdout;
    const reference = { name: 'issued', serial: serial.trim().replace('serial=', '') };
    const foreign = await call('POST', '/api/v1/inventory', reference);
    expect(foreign.json.code).toBe('certificate-not-found');
    const own = await fetch(`${server.url}/api/v1/inventory`, {
      method: 'POST',
      headers: { Authorization: authorization(server) },
      body: JSON.stringify({ ...reference, privateKey: read('issued.test.key.pem') }),
    });
    expect(own.status).toBe(201);
  });
});
