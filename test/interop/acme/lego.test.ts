import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import acme from 'acme-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { AcmeSession, readDirectory, readOrder, sendByFetch } from '../../../tools/acme/session.ts';
import { requireTool, run, runBeside } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { type AcmeServer, startAcmeServer } from './acme-server.ts';
import { readIssued } from './read-issued.ts';

/** lego from 4.35 on takes only https, and has other options; this is for the one of Debian. */
const lego = requireTool('lego');
const tools = [lego, requireTool('curl'), requireTool('openssl', ['version'])];
const title = tools.reduce((text, tool) => tool.title(text), 'lego');

describe.skipIf(tools.some(({ missing }) => missing))(title, () => {
  let signet: AcmeServer;
  let httpPort = 0;
  let tlsPort = 0;
  const work = makeWorkDirectory();
  beforeAll(async () => {
    httpPort = await findFreePort();
    tlsPort = await findFreePort();
    const vars = { ACME_HTTP_PORT: String(httpPort), ACME_TLS_PORT: String(tlsPort) };
    signet = await startAcmeServer({ vars });
  });
  afterAll(async () => {
    await signet.stop();
    work.remove();
  });

  /** Each policy has an account in a directory of its own. */
  async function openAccount(name: string, proof: 'pre-authorized' | 'prove') {
    const { id, macKey } = await signet.makeEabKey({
      dnsNames: [{ name: 'example.test', match: 'any-depth', wildcards: true, acme: proof }],
    });
    const path = join(work.path, name);
    return {
      path,
      run: (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
        runBeside(
          'lego',
          [
            ...['--server', signet.directoryUrl, '--accept-tos', '--email', 'ops@example.test'],
            ...['--eab', '--kid', id, '--hmac', macKey, '--path', path, ...args],
          ],
          { env, timeoutMs: 60_000 },
        ),
      readChain: (domain: string) =>
        readIssued(signet, readFileSync(join(path, 'certificates', `${domain}.crt`), 'utf8')),
    };
  }

  it('gets, renews and revokes a certificate for a name that needs no proof', async () => {
    const account = await openAccount('ready', 'pre-authorized');
    const options = ['--http', '--http.port', '127.0.0.1:1', '--domains', 'www.example.test'];
    await account.run([...options, 'run']);
    const first = await account.readChain('www.example.test');
    expect(first.names).toBe('DNS:www.example.test');
    await account.run([...options, 'renew', '--days', '3650', '--no-random-sleep']);
    const second = await account.readChain('www.example.test');
    expect(second.serial).not.toBe(first.serial);
    await account.run([...options, 'revoke', '--reason', '5']);
    expect(await signet.findRevocation(second.serial)).toMatchObject({
      reason: 'cessationOfOperation',
    });
  });

  it.each([
    ['http-01', 'http.example.test'],
    ['tls-alpn-01', 'tls.example.test'],
    ['dns-01', '*.dns.example.test'],
  ])('proves a name by %s', async (type, name) => {
    const account = await openAccount(type, 'prove');
    if (type !== 'dns-01') signet.doh.add({ type: 'A', name, data: '127.0.0.1' });
    const hook = work.write(
      'hook.sh',
      `#!/bin/sh
[ $1 != present ] || curl -fsS ${signet.doh.recordsUrl} -d '{"type":"TXT","name":"'$2'","data":"'$3'"}'`,
    );
    chmodSync(hook, 0o700);
    const options = {
      'http-01': ['--http', '--http.port', `127.0.0.1:${httpPort}`],
      'tls-alpn-01': ['--tls', '--tls.port', `127.0.0.1:${tlsPort}`],
      'dns-01': ['--dns', 'exec', '--dns.disable-cp'],
    }[type];
    const env = { EXEC_PATH: hook, EXEC_POLLING_INTERVAL: '1' };
    await account.run([...(options ?? []), '--domains', name, 'run'], env);
    const { names } = await account.readChain(name.replace('*', '_'));
    expect(names).toBe(`DNS:${name}`);
  });

  // The lego of Debian has no ARI, so what a newer one sends is sent here with its account key.
  it('has a revoked certificate renewed by ARI', async () => {
    const account = await openAccount('renewed', 'pre-authorized');
    const options = ['--http', '--http.port', '127.0.0.1:1', '--domains', 'ari.example.test'];
    await account.run([...options, 'run']);
    const { leaf, serial } = await account.readChain('ari.example.test');
    const directory = await readDirectory(signet.directoryUrl);
    const replaces = nameCertificate(leaf);

    const before = await sendByFetch(`${directory.renewalInfo}/${replaces}`, null);
    const life = Date.parse(leaf.validTo) - Date.parse(leaf.validFrom);
    const window = readWindow(before.text);
    expect(window.startMs).toBeGreaterThan(Date.parse(leaf.validFrom) + life * 0.6);
    expect(window.endMs).toBeLessThan(Date.parse(leaf.validFrom) + life * 0.7);
    expect(before.header('Retry-After')).toMatch(/^\d+$/);

    await signet.call('POST', `/api/v1/certificates/${serial}/revoke`, { reason: 'superseded' });
    const after = await sendByFetch(`${directory.renewalInfo}/${replaces}`, null);
    expect(readWindow(after.text).endMs).toBeLessThanOrEqual(Date.now());

    const key = createPrivateKey(readFileSync(findAccountKey(account.path)));
    const session = new AcmeSession(directory, sendByFetch, key);
    const found = await session.ask(directory.newAccount, { onlyReturnExisting: true });
    session.account = found.header('Location');
    const identifiers = [{ type: 'dns', value: 'ari.example.test' }];
    const order = await session.order(identifiers, { replaces });
    expect(order).toMatchObject({ status: 'ready', replaces });
    const [, csrPem] = await acme.crypto.createCsr({ altNames: ['ari.example.test'] });
    const csr = acme.crypto.getPemBodyAsB64u(csrPem);
    const finalized = readOrder(await session.ask(order.finalize, { csr }));
    const { text } = await session.ask(finalized.certificate ?? '', null);
    expect((await readIssued(signet, text)).names).toBe('DNS:ari.example.test');

    const again = await session.post(directory.newOrder, { identifiers, replaces });
    expect(again.status).toBe(409);
    expect(JSON.parse(again.text)).toMatchObject({
      type: 'urn:ietf:params:acme:error:alreadyReplaced',
    });
  });
});

/** Returns the unique identifier of RFC 9773 section 4.1, from what openssl reads. */
function nameCertificate(leaf: X509Certificate): string {
  const options = ['-noout', '-ext', 'authorityKeyIdentifier', '-serial'];
  const { stdout } = run('openssl', ['x509', ...options], { input: leaf.toString() });
  const keyIdentifier = /([0-9A-F]{2}:[0-9A-F:]+)/.exec(stdout)?.[1]?.replaceAll(':', '') ?? '';
  const serial = /serial=([0-9A-F]+)/.exec(stdout)?.[1] ?? '';
  const positive = /^[89A-F]/.test(serial) ? `00${serial}` : serial;
  return [keyIdentifier, positive]
    .map((hex) => Buffer.from(hex, 'hex').toString('base64url'))
    .join('.');
}

function readWindow(text: string): { readonly startMs: number; readonly endMs: number } {
  const { suggestedWindow } = JSON.parse(text);
  return { startMs: Date.parse(suggestedWindow.start), endMs: Date.parse(suggestedWindow.end) };
}

/** Returns the path of the account key in lego's directory. */
function findAccountKey(path: string): string {
  const accounts = join(path, 'accounts');
  const file = readdirSync(accounts, { recursive: true })
    .map(String)
    .find((name) => name.endsWith('.key'));
  if (file === undefined) throw new Error('lego has no account key');
  return join(accounts, file);
}
