import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { requireTool, runBeside } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { type AcmeServer, startAcmeServer } from './acme-server.ts';
import { readIssued } from './read-issued.ts';

const certbot = requireTool('certbot');
const curl = requireTool('curl');
const TIMEOUT_MS = 60_000;

describe.skipIf(certbot.missing || curl.missing)(curl.title(certbot.title('certbot')), () => {
  let signet: AcmeServer;
  let httpPort = 0;
  const work = makeWorkDirectory();
  beforeAll(async () => {
    httpPort = await findFreePort();
    signet = await startAcmeServer({ vars: { ACME_HTTP_PORT: String(httpPort) } });
  });
  afterAll(async () => {
    await signet.stop();
    work.remove();
  });

  /** Each account has a directory of its own. */
  function runCertbot(account: string, args: readonly string[]): Promise<string> {
    const directory = (name: string) => join(work.path, account, name);
    return runBeside(
      'certbot',
      [
        ...[...args, '--non-interactive', '--server', signet.directoryUrl],
        ...['--config-dir', directory('config'), '--work-dir', directory('work')],
        ...['--logs-dir', directory('logs')],
      ],
      { timeoutMs: TIMEOUT_MS },
    );
  }

  async function register(account: string, proof: 'pre-authorized' | 'prove'): Promise<void> {
    const { id, macKey } = await signet.makeEabKey({
      dnsNames: [{ name: 'example.test', match: 'any-depth', wildcards: true, acme: proof }],
    });
    const binding = ['--eab-kid', id, '--eab-hmac-key', macKey];
    const contact = ['--agree-tos', '-m', 'ops@example.test'];
    await runCertbot(account, ['register', ...contact, ...binding]);
  }

  function live(account: string, name: string, file: string): string {
    return join(work.path, account, 'config', 'live', name, file);
  }

  function readChain(account: string, name: string): string {
    return readFileSync(live(account, name, 'fullchain.pem'), 'utf8');
  }

  it('gets, renews and revokes a certificate for names that need no proof', async () => {
    await register('ready', 'pre-authorized');
    const names = ['-d', 'www.example.test', '-d', '*.example.test'];
    // The port of --standalone is never opened: there is no challenge.
    await runCertbot('ready', ['certonly', '--standalone', '--http-01-port', '1', ...names]);
    const first = await readIssued(signet, readChain('ready', 'www.example.test'));
    expect(first.names).toBe('DNS:*.example.test, DNS:www.example.test');

    await runCertbot('ready', ['renew', '--force-renewal', '--no-random-sleep-on-renew']);
    const second = await readIssued(signet, readChain('ready', 'www.example.test'));
    expect(second.names).toBe(first.names);
    expect(second.serial).not.toBe(first.serial);

    const file = live('ready', 'www.example.test', 'cert.pem');
    const why = ['--reason', 'superseded', '--no-delete-after-revoke'];
    await runCertbot('ready', ['revoke', '--cert-path', file, ...why]);
    expect(await signet.findRevocation(second.serial)).toMatchObject({ reason: 'superseded' });
  });

  it('proves names by http-01 and dns-01', async () => {
    await register('prove', 'prove');
    signet.doh.add({ type: 'A', name: 'http.example.test', data: '127.0.0.1' });
    const standalone = ['--standalone', '--http-01-port', String(httpPort)];
    await runCertbot('prove', ['certonly', ...standalone, '-d', 'http.example.test']);
    const byHttp = await readIssued(signet, readChain('prove', 'http.example.test'));
    expect(byHttp.names).toBe('DNS:http.example.test');

    const hook = work.write(
      'hook.sh',
      `curl -fsS ${signet.doh.recordsUrl} -d '{"type":"TXT","name":"_acme-challenge.'$CERTBOT_DOMAIN'","data":"'$CERTBOT_VALIDATION'"}'`,
    );
    const manual = ['--manual', '--preferred-challenges', 'dns'];
    const hooks = ['--manual-auth-hook', `sh ${hook}`];
    const names = ['-d', 'dns.example.test', '-d', '*.dns.example.test'];
    await runCertbot('prove', ['certonly', ...manual, ...hooks, ...names]);
    const byDns = await readIssued(signet, readChain('prove', 'dns.example.test'));
    expect(byDns.names).toBe('DNS:*.dns.example.test, DNS:dns.example.test');
  });
});
