import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, download, issue, revoke } from './api-client.ts';
import { makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory, type WorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

let server: RunningServer;
let work: WorkDirectory;
const at = (name: string) => join(work.path, name);

beforeAll(async () => {
  work = makeWorkDirectory();
  server = await startServer();
  writeFileSync(at('ca.pem'), await download(server, '/ca/default.pem'));
  for (const name of ['good', 'revoked', 'held']) {
    const { csrPem } = makeKeyAndCsr(work, name, `DNS:${name}.test`);
    writeFileSync(at(`${name}.pem`), await issue(server, csrPem));
  }
  await revoke(server, serialOf('revoked'), { reason: 'keyCompromise' });
  await revoke(server, serialOf('held'), { reason: 'certificateHold' });
});
afterAll(async () => {
  await server.stop();
  work.remove();
});

function serialOf(name: string): string {
  const { stdout } = run('openssl', ['x509', '-in', at(`${name}.pem`), '-noout', '-serial']);
  return stdout.trim().replace('serial=', '');
}

/** Runs `openssl ocsp` as its manual says. It verifies the signature and the certificate asked for. */
function ask(...args: readonly string[]): string {
  const url = `${server.url}/ocsp/default`;
  const { stdout, stderr, code } = tryRun('openssl', [
    ...['ocsp', '-issuer', at('ca.pem'), '-CAfile', at('ca.pem'), '-url', url],
    ...args,
  ]);
  return `${stdout}${stderr}\nexit ${code}`;
}

const certs = (...names: readonly string[]) =>
  names.flatMap((name) => ['-cert', at(`${name}.pem`)]);

describe.skipIf(openssl.missing)(openssl.title('openssl ocsp'), () => {
  it.each([
    ['SHA-1', []],
    ['SHA-256', ['-sha256']],
    ['SHA-384', ['-sha384']],
    ['SHA-512', ['-sha512']],
  ])('gets good by %s, with a nonce and without', (_, hash) => {
    for (const nonce of [['-nonce'], ['-no_nonce']]) {
      const told = ask(...nonce, ...hash, ...certs('good'));
      expect(told).toContain('Response verify OK');
      expect(told).toMatch(/good\.pem: good\n\s+This Update: .* GMT\n\s+Next Update: .* GMT/);
      expect(told).not.toContain('WARNING');
      expect(told).toContain('exit 0');
    }
  });

  it('finds the signer in the response itself, as nginx does to staple it', () => {
    const saved = ask('-no_nonce', ...certs('good'), '-respout', at('good.ocsp'));
    expect(saved).toContain('exit 0');
    const { stdout, stderr } = tryRun('openssl', [
      ...['ocsp', '-respin', at('good.ocsp'), '-CAfile', at('ca.pem'), '-no_cert_checks'],
    ]);
    expect(`${stdout}${stderr}`).toContain('Response verify OK');
  });

  it('gets revoked with time and reason, a hold, and unknown in one response', () => {
    const told = ask(...certs('good', 'revoked', 'held'), '-serial', '0xabcdef');
    expect(told).toContain('Response verify OK');
    expect(told).toContain('good.pem: good');
    expect(told).toMatch(
      /revoked\.pem: revoked\n.*\n.*\n\s+Reason: keyCompromise\n\s+Revocation Time: /,
    );
    expect(told).toMatch(/held\.pem: revoked\n.*\n.*\n\s+Reason: certificateHold\n/);
    expect(told).toContain('0xabcdef: unknown');
  });

  it('gets good immediately after a hold is released', async () => {
    const { csrPem } = makeKeyAndCsr(work, 'released', 'DNS:released.test');
    writeFileSync(at('released.pem'), await issue(server, csrPem));
    const words = () => ask('-no_nonce', ...certs('released'));
    expect(words()).toContain('released.pem: good');
    await revoke(server, serialOf('released'), { reason: 'certificateHold' });
    expect(words()).toContain('released.pem: revoked');
    const path = `/api/v1/certificates/${serialOf('released')}/release`;
    const headers = { Authorization: authorization(server) };
    const { status } = await fetch(`${server.url}${path}`, { method: 'POST', headers });
    expect(status).toBe(200);
    expect(words()).toContain('released.pem: good');
  });

  it('may sign its requests', () => {
    const signer = ['-signer', at('good.pem'), '-signkey', at('good.key.pem')];
    expect(ask(...signer, ...certs('good'))).toContain('good.pem: good');
  });

  it('finds the responder by the URL in the certificate', () => {
    const { stdout } = run('openssl', ['x509', '-in', at('good.pem'), '-noout', '-ocsp_uri']);
    expect(stdout.trim()).toMatch(/\/ocsp\/default$/);
  });

  it('verifies responses to GET, in every spelling', async () => {
    run('openssl', [
      ...['ocsp', '-issuer', at('ca.pem'), ...certs('good'), '-no_nonce', '-reqout', at('request')],
    ]);
    const base64 = readFileSync(at('request')).toString('base64');
    for (const path of [
      base64,
      encodeURIComponent(base64),
      base64.replace(/=+$/, ''),
      `/${base64}`,
    ]) {
      const response = await fetch(`${server.url}/ocsp/default/${path}`);
      expect(response.headers.get('Content-Type')).toBe('application/ocsp-response');
      writeFileSync(at('response'), new Uint8Array(await response.arrayBuffer()));
      const told = tryRun('openssl', [
        ...['ocsp', '-issuer', at('ca.pem'), '-CAfile', at('ca.pem'), ...certs('good')],
        ...['-respin', at('response')],
      ]);
      expect(`${told.stdout}${told.stderr}`).toContain('Response verify OK');
      expect(told.stdout).toContain('good.pem: good');
    }
  });

  it('gets the errors of OCSP', async () => {
    const unknown = tryRun('openssl', [
      ...['ocsp', '-issuer', at('good.pem'), ...certs('revoked'), '-CAfile', at('ca.pem')],
      ...['-url', `${server.url}/ocsp/default`],
    ]);
    expect(unknown.stdout + unknown.stderr).toContain('unauthorized (6)');
    const response = await fetch(`${server.url}/ocsp/default`, {
      method: 'POST',
      body: 'x',
      headers: { 'Content-Type': 'application/ocsp-request' },
    });
    writeFileSync(at('malformed'), new Uint8Array(await response.arrayBuffer()));
    const malformed = tryRun('openssl', ['ocsp', '-respin', at('malformed')]);
    expect(malformed.stdout + malformed.stderr).toContain('malformedrequest (1)');
  });

  it('verifies responses of a delegated responder', async () => {
    const path = `${server.url}/api/v1/authorities/default/ocsp-responder`;
    const headers = { Authorization: authorization(server) };
    const { status } = await fetch(path, { method: 'PUT', headers, body: '{}' });
    expect(status).toBe(200);
    const told = ask('-resp_text', '-nonce', ...certs('good', 'revoked'));
    expect(told).toContain('Response verify OK');
    expect(told).toContain('OCSP No Check');
    expect(told).toContain('good.pem: good');
    expect(told).toContain('revoked.pem: revoked');
    await fetch(path, { method: 'DELETE', headers });
    expect(ask('-resp_text', ...certs('good'))).not.toContain('OCSP No Check');
  });
});

describe.skipIf(openssl.missing)(openssl.title('OCSP by CAs with other keys'), () => {
  it.each(['RSA-2048', 'P-384', 'P-521', 'Ed25519'])('verifies with %s', async (keyAlgorithm) => {
    const headers = { Authorization: authorization(server), Accept: 'application/json' };
    const made = await fetch(`${server.url}/api/v1/authorities`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: keyAlgorithm, subject: `CN=${keyAlgorithm}`, keyAlgorithm }),
    });
    const { id, certificate }: Record<string, string> = JSON.parse(await made.text());
    writeFileSync(at('other-ca.pem'), certificate ?? '');
    const { csrPem } = makeKeyAndCsr(work, 'other', 'DNS:other.test');
    const issued = await fetch(`${server.url}/api/v1/certificates?authority=${id}`, {
      method: 'POST',
      headers: { ...headers, Accept: 'application/x-pem-file' },
      body: csrPem,
    });
    writeFileSync(at('other.pem'), await issued.text());
    const { stdout, stderr } = tryRun('openssl', [
      ...['ocsp', '-issuer', at('other-ca.pem'), '-CAfile', at('other-ca.pem'), ...certs('other')],
      ...['-url', `${server.url}/ocsp/${id}`],
    ]);
    expect(`${stdout}${stderr}`).toContain('Response verify OK');
    expect(stdout).toContain('other.pem: good');
  });
});
