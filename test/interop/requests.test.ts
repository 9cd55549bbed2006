import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issue, postCsr } from './api-client.ts';
import { createDialectClient } from './dialect-client.ts';
import { CSR_NAMES, csrPem } from './fixtures.ts';
import { printText } from './openssl.ts';
import { countRows, requestLines, waitForLine } from './record.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';

const openssl = requireTool('openssl', ['version']);

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  // The first request makes the authority; later refusals change nothing.
  await issue(server, csrPem('p-384'));
});
afterAll(() => server.stop());

function csrDer(name: string): Uint8Array<ArrayBuffer> {
  const base64 = csrPem(name).replace(/-----[^-]+-----|\s/g, '');
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Each defect with its error code and a word of the reason. */
const DEFECTS: Readonly<Record<string, [string, RegExp]>> = {
  'rejected-ecdsa-sha1': ['unsupported-algorithm', /SHA-?1/i],
  'rejected-ed448': ['unsupported-algorithm', /1\.3\.101\.113|Ed448/],
  'rejected-explicit-curve': ['unsupported-algorithm', /explicit/],
  'rejected-md5': ['unsupported-algorithm', /MD5/],
  'rejected-pss-sha1': ['unsupported-algorithm', /hash must be SHA-256/],
  'rejected-rsa-1024': ['weak-key', /1024 bits/],
  'rejected-rsa-exponent-3': ['weak-key', /exponent is 3,/],
  'rejected-secp256k1': ['unsupported-algorithm', /curve 1\.3\.132\.0\.10/],
  'rejected-sha1': ['unsupported-algorithm', /SHA-?1/i],
  'no-names': ['invalid-subject', /neither a subject nor a subject alternative name/],
};

describe('CSRs with a defect', () => {
  it('are all tested here', () => {
    const names = CSR_NAMES.filter((name) => /^(rejected-|no-names$)/.test(name));
    expect(Object.keys(DEFECTS).sort()).toEqual(names.sort());
  });

  it.each(Object.entries(DEFECTS))('refuses %s with the reason', async (name, [code, reason]) => {
    const before = await countRows(server);
    const logged = server.logs.length;
    const response = await postCsr(server, csrPem(name));
    const problem: Record<string, unknown> = JSON.parse(await response.text());
    expect(response.status).toBe(400);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(problem).toMatchObject({ code, status: 400 });
    expect(problem.detail).toMatch(reason);
    const dialect = await createDialectClient(server).sign(csrPem(name));
    expect(dialect.body).toEqual({
      status: -1,
      msg: '[ERROR]: Something is error with signing processing!',
    });
    await waitForLine(server, logged + 1);
    const messages = requestLines(server, logged).map(({ message }) => String(message));
    expect(messages).toEqual([expect.stringMatching(reason), expect.stringMatching(reason)]);
    expect(await countRows(server)).toEqual(before);
  });
});

describe('bodies of POST /api/v1/certificates', () => {
  it.each([
    undefined,
    'application/pkcs10',
    'application/x-www-form-urlencoded',
    'application/json',
  ])('are distinguished by content if the type is %s', async (type) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
    const pem = csrPem('p-256-sha256');
    for (const body of [
      csrDer('p-256-sha256'),
      pem,
      `Certificate Request:\r\n  Data:\r\n${pem.replaceAll('\n', '\r\n')}`,
      pem.replaceAll('BEGIN CERT', 'BEGIN NEW CERT').replaceAll('END CERT', 'END NEW CERT'),
      JSON.stringify({ csr: pem, profile: 'tls-server-client' }),
    ]) {
      const response = await postCsr(server, body, headers);
      const text = await response.text();
      expect(response.status, text).toBe(201);
      expect(new X509Certificate(text).subject).toContain('CN=host.fixture.test');
    }
  });

  it('are answered in JSON if the client prefers it', async () => {
    const response = await postCsr(server, csrPem('p-384'), { Accept: 'application/json' });
    const answer: Record<string, unknown> = JSON.parse(await response.text());
    expect(answer).toMatchObject({ authority: 'default', chain: [] });
    const { serialNumber } = new X509Certificate(String(answer.certificate));
    expect(serialNumber.toLowerCase().replace(/^0+/, '')).toBe(answer.serial);
  });
});

describe.skipIf(openssl.missing)(openssl.title('a certificate printed by openssl'), () => {
  it('is a leaf, even if the CSR asks for a CA', async () => {
    const text = printText('x509', await issue(server, csrPem('greedy')));
    expect(text).toMatch(/Basic Constraints: critical\n +CA:FALSE\n/);
    expect(text).toMatch(/Key Usage: critical\n +Digital Signature\n/);
    expect(text).toMatch(
      /Extended Key Usage: \n +TLS Web Server Authentication, TLS Web Client Authentication\n/,
    );
    expect(text).not.toMatch(/surprise|1\.2\.3\.4\.5|CRL Sign|Certificate Sign|Code Signing/);
  });

  it('has the requested names and the addresses of its issuer and CRL', async () => {
    const text = printText('x509', await issue(server, csrPem('rsa-2048-sha256')));
    expect(text).toContain('Version: 3 (0x2)');
    expect(text).toMatch(
      /Alternative Name: \n +DNS:host\.fixture\.test, DNS:\*\.fixture\.test, IP Address:192\.0\.2\.7, IP Address:2001:DB8:0:0:0:0:0:7, email:ops@fixture\.test, URI:https:\/\/fixture\.test\/x\n/,
    );
    expect(text).toMatch(/Key Usage: critical\n +Digital Signature, Key Encipherment\n/);
    expect(text).toContain(`URI:${server.url}/crl/default/0.crl`);
    expect(text).toContain(`CA Issuers - URI:${server.url}/ca/default.crt`);
    expect(text).toContain('Authority Key Identifier');
    expect(text).toContain('Subject Key Identifier');
  });

  it('has a critical subjectAltName if its subject is empty', async () => {
    const text = printText('x509', await issue(server, csrPem('empty-subject')));
    expect(text).toMatch(/Subject: *\n/);
    expect(text).toContain('Subject Alternative Name: critical');
  });

  it('takes a host name from the common name if the CSR has no other', async () => {
    const text = printText('x509', await issue(server, csrPem('p-521')));
    expect(text).toMatch(/Alternative Name: \n +DNS:host\.fixture\.test\n/);
  });
});
