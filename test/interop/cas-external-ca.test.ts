import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAction, rootKey } from './alibaba-sdk.ts';
import { authorization, download, revoke } from './api-client.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const ACTION = 'CreateExternalCACertificate';

async function createInstance(server: RunningServer, fields: object = {}): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/external-ca-instances`, {
    method: 'POST',
    headers: { Authorization: authorization(server) },
    body: JSON.stringify(fields),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`instance: ${response.status} ${text}`);
  return JSON.parse(text).instanceId;
}

describe.skipIf(openssl.missing)(openssl.title("the vendor's Node SDK and openssl"), () => {
  const work = makeWorkDirectory();
  let server: RunningServer;
  let rootPath: string;

  beforeAll(async () => {
    server = await startServer();
    rootPath = work.write('root.pem', await download(server, '/ca/default.pem'));
  });
  afterAll(async () => {
    await server.stop();
    work.remove();
  });

  /** Makes a key and a CSR, as the manual of openssl says. */
  function makeRequest(name: string, ...more: readonly string[]): string {
    const csrPath = join(work.path, `${name}.csr`);
    run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', `/C=CN/O=Interop/CN=${name}`, '-keyout', join(work.path, `${name}.key`)],
      ...['-out', csrPath, ...more],
    ]);
    return readFileSync(csrPath, 'utf8');
  }

  async function createCa(
    name: string,
    passthrough: object | null,
    options: { instance?: object; where?: 'query' | 'form'; csr?: string } = {},
  ) {
    const answer = await callAction(
      server,
      ACTION,
      {
        InstanceId: await createInstance(server, options.instance),
        Csr: options.csr ?? makeRequest(name),
        Validity: '10y',
        ...(passthrough === null ? {} : { ApiPassthrough: JSON.stringify(passthrough) }),
      },
      rootKey(server),
      options.where,
    );
    expect(answer.statusCode).toBe(200);
    return { path: work.write(`${name}.pem`, answer.body.Certificate ?? ''), body: answer.body };
  }

  /** Makes a certificate that the subordinate CA signs with openssl. */
  function sign(ca: string, name: string, extensions: string): string {
    makeRequest(name);
    const path = join(work.path, `${name}.pem`);
    run('openssl', [
      ...['x509', '-req', '-in', join(work.path, `${name}.csr`), '-days', '30'],
      ...['-CA', join(work.path, `${ca}.pem`), '-CAkey', join(work.path, `${ca}.key`)],
      ...['-extfile', work.write(`${name}.ext`, extensions), '-out', path],
    ]);
    return path;
  }

  const leafExtensions = (usage: string) =>
    `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\nsubjectAltName=DNS:host.test\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n`;
  const SERVER = leafExtensions('serverAuth');
  const CA_EXTENSIONS =
    'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n';

  function verify(path: string, ...untrusted: readonly string[]) {
    const { code, stdout, stderr } = tryRun('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', rootPath],
      ...untrusted.flatMap((each) => ['-untrusted', each]),
      path,
    ]);
    return { ok: code === 0, words: `${stdout}${stderr}` };
  }

  it('make a subordinate CA whose certificates openssl accepts', async () => {
    const passthrough = {
      Subject: { Country: 'CN', Organization: '阿里巴巴', CommonName: "Testing CA (…) *'!~" },
      Extensions: { PathLenConstraint: 0, ExtendedKeyUsages: ['serverAuth', '1.3.6.1.5.5.7.3.17'] },
    };
    const { path, body } = await createCa('first', passthrough);
    expect(Object.keys(body).sort()).toEqual([
      ...['Certificate', 'CertificateChain', 'Identifier', 'RequestId'],
    ]);
    expect(body.CertificateChain).toBe(readFileSync(rootPath, 'utf8'));
    expect(verify(sign('first', 'leaf', SERVER), path)).toMatchObject({ ok: true });
    const { stdout } = run('openssl', [
      'x509',
      '-noout',
      '-subject',
      '-nameopt',
      'utf8',
      '-in',
      path,
    ]);
    expect(stdout).toMatch(/O ?= ?阿里巴巴, CN ?= ?Testing CA \(…\) \*'!~/);
  });

  it('make a subordinate CA with parameters in a form', async () => {
    const { path } = await createCa('form', null, { where: 'form' });
    expect(verify(sign('form', 'form-leaf', SERVER), path)).toMatchObject({ ok: true });
  });

  it('refuse a chain that breaks the path length', async () => {
    const { path } = await createCa('flat', { Extensions: { PathLenConstraint: 0 } });
    const below = sign('flat', 'below', CA_EXTENSIONS);
    const leaf = sign('below', 'below-leaf', SERVER);
    const verdict = verify(leaf, path, below);
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.words).toContain('path length constraint exceeded');

    const instance = { maxPathLength: 1 };
    const deep = await createCa('deep', null, { instance });
    const second = sign('deep', 'second', CA_EXTENSIONS);
    expect(verify(sign('second', 'deep-leaf', SERVER), deep.path, second)).toMatchObject({
      ok: true,
    });
  });

  it('refuse a chain that breaks the extended key usage', async () => {
    const { path } = await createCa('client', {
      Extensions: { ExtendedKeyUsages: ['clientAuth'] },
    });
    const verdict = verify(sign('client', 'client-leaf', SERVER), path);
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.words).toContain('unsuitable certificate purpose');
  });

  it('refuse a chain that breaks the name constraints of the request', async () => {
    const csr = makeRequest(
      'named',
      '-addext',
      'nameConstraints=critical,permitted;DNS:other.test',
    );
    const { path } = await createCa('named', null, { csr });
    const verdict = verify(sign('named', 'named-leaf', SERVER), path);
    expect(verdict).toMatchObject({ ok: false });
    expect(verdict.words).toContain('permitted subtree violation');
  });

  it('find a revoked subordinate CA in the CRL', async () => {
    const { path } = await createCa('revoked', null);
    const serial = run('openssl', ['x509', '-noout', '-serial', '-in', path]).stdout;
    await revoke(server, serial.replace('serial=', '').trim());
    const crl = work.write('crl.pem', await download(server, '/api/ca/crl'));
    const { code, stderr } = tryRun('openssl', [
      ...['verify', '-crl_check', '-CAfile', rootPath, '-CRLfile', crl, path],
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('certificate revoked');
  });

  it('show errors by code and message', async () => {
    const send = (parameters: Record<string, string>, key = rootKey(server), action = ACTION) =>
      callAction(server, action, parameters, key);
    await expect(send({ InstanceId: 'cas_deposit-cn-1234abcd' })).rejects.toMatchObject({
      code: 'MissingCsr',
      message: expect.stringContaining('Csr is mandatory for this action.'),
      statusCode: 400,
    });
    const parameters = {
      InstanceId: 'cas_deposit-cn-1',
      Csr: makeRequest('unused'),
      Validity: '1y',
    };
    await expect(send(parameters)).rejects.toMatchObject({ code: 'InstanceNotFound' });
    const InstanceId = await createInstance(server);
    await expect(send({ ...parameters, InstanceId, Validity: '99y' })).rejects.toMatchObject({
      code: 'InvalidValidity',
      message: expect.stringMatching(/latest possible end is 20\d\d-/),
    });
    const wrong = { ...rootKey(server), secret: 'wrong' };
    await expect(send(parameters, wrong)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    const unknown = { id: 'ak-unknown', secret: 'x' };
    await expect(send(parameters, unknown)).rejects.toMatchObject({
      code: 'InvalidAccessKeyId.NotFound',
    });
    await expect(send({}, rootKey(server), 'CreateNothing')).rejects.toMatchObject({
      code: 'InvalidAction.NotFound',
    });
  });
});
