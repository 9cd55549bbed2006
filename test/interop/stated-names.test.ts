import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, postCsr, revoke } from './api-client.ts';
import { printText } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

const PROFILES = {
  hours: { validityHours: 12, noRevAvail: true, extendedKeyUsages: ['serverAuth'] },
};

describe.skipIf(openssl.missing)(openssl.title('openssl and names in JSON'), () => {
  const work = makeWorkDirectory();
  let server: RunningServer;
  let csr: string;
  beforeAll(async () => {
    server = await startServer({ vars: { PROFILES: JSON.stringify(PROFILES) } });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const keyOut = ['-keyout', work.write('a.key', '')];
    csr = run('openssl', ['req', '-new', ...key, ...keyOut, '-subj', '/']).stdout;
  });
  afterAll(async () => {
    await server.stop();
    work.remove();
  });

  async function issueJson(fields: object): Promise<string> {
    const response = await postCsr(server, JSON.stringify({ csr, ...fields }));
    const text = await response.text();
    expect(response.status, text).toBe(201);
    return text;
  }

  async function verify(pem: string, ...options: string[]): Promise<string> {
    const trust = ['-CAfile', work.write('ca.pem', await download(server, '/ca/default.pem'))];
    const file = work.write('leaf.pem', pem);
    return run('openssl', ['verify', '-x509_strict', ...options, ...trust, file]).stdout;
  }

  it('certifies a bare key for the names and the time that the request states', async () => {
    const bare = await postCsr(server, JSON.stringify({ csr }));
    expect(bare.status).toBe(400);
    const pem = await issueJson({
      subject: 'CN=db.internal,O=Example',
      names: { dns: ['db.internal'], ip: ['10.0.0.5'] },
      validitySeconds: 3600,
    });
    const hosts = ['-verify_hostname', 'db.internal', '-purpose', 'sslserver'];
    expect(await verify(pem, ...hosts)).toContain(': OK');
    expect(await verify(pem, '-verify_ip', '10.0.0.5')).toContain(': OK');
    expect(printText('x509', pem)).toMatch(/Subject: O ?= ?Example, CN ?= ?db\.internal/);
    const names = await issueJson({ names: { dns: ['*.web.internal'] } });
    expect(await verify(names, '-verify_hostname', 'a.web.internal')).toContain(': OK');
    expect(printText('x509', names)).toContain('X509v3 Subject Alternative Name: critical');
  });

  it('leaves out revocation information if the profile says so (RFC 9608)', async () => {
    const pem = await issueJson({ profile: 'hours', names: { dns: ['short.internal'] } });
    expect(await verify(pem, '-purpose', 'sslserver')).toContain(': OK');
    const text = printText('x509', pem);
    expect(text).toMatch(/X509v3 No Revocation Available|2\.5\.29\.56/);
    expect(text).not.toMatch(/CRL Distribution|OCSP - URI/);
    expect(text).toContain('CA Issuers - URI');
    // The record still knows of the revocation.
    const serial = run('openssl', ['x509', '-in', work.write('s.pem', pem), '-noout', '-serial']);
    await revoke(server, serial.stdout.trim().replace('serial=', ''));
  });
});
