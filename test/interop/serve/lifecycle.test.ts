import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { Agent, request as requestPlainly } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type RunningServe,
  type ServeOptions,
  startServe,
} from '../../../tools/machine/run-serve.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { listProcesses } from './list-processes.ts';

const TIMEOUT_MS = 30_000;

describe('signet serve', () => {
  const started: RunningServe[] = [];
  const directory = makeWorkDirectory();

  async function start(options: ServeOptions = {}): Promise<RunningServe> {
    const server = await startServe(options);
    started.push(server);
    return server;
  }

  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
  });

  const login = ({ secrets }: RunningServe) =>
    `Basic ${btoa(`${secrets.ROOT_ACCESS_KEY_ID}:${secrets.ROOT_ACCESS_KEY_SECRET}`)}`;

  function makeCsr(name: string): string {
    return execFileSync(
      'openssl',
      [
        ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...[
          '-keyout',
          '/dev/null',
          '-subj',
          `/CN=${name}`,
          '-addext',
          `subjectAltName=DNS:${name}`,
        ],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
  }

  async function issue(server: RunningServe, name = 'a.test'): Promise<Response> {
    return fetch(`${server.url}/api/v1/certificates`, {
      method: 'POST',
      headers: { Authorization: login(server), Accept: 'application/json' },
      body: makeCsr(name),
    });
  }

  async function issueSerial(server: RunningServe): Promise<string> {
    const response = await issue(server);
    expect(response.status).toBe(201);
    const { serial }: { serial: string } = JSON.parse(await response.text());
    return serial;
  }

  /** Resolves when `check` does not throw any more. */
  async function waitFor(check: () => Promise<void> | void): Promise<void> {
    for (const endsMs = Date.now() + TIMEOUT_MS; ; ) {
      try {
        return await check();
      } catch (error) {
        if (Date.now() > endsMs) throw error;
        await sleep(50);
      }
    }
  }

  /** A descriptor may be closed meanwhile. */
  function readLink(path: string): string {
    try {
      return readlinkSync(path);
    } catch {
      return '';
    }
  }

  const isRunning = (pid: number) =>
    spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
      .stdout.toString()
      .trim()
      .replace(/^Z.*/, '') !== '';

  it('divides connections between the processes in front', async () => {
    const server = await start({ processes: 3 });
    const { hostname, port } = new URL(server.url);
    const countSockets = (name: string) => {
      const fds = `/proc/${listProcesses(server).get(name)}/fd`;
      const targets = readdirSync(fds).map((fd) => readLink(join(fds, fd)));
      // workerd has two descriptors for each connection.
      return new Set(targets.filter((target) => target.startsWith('socket:'))).size;
    };
    const before = ['front-1', 'front-2'].map(countSockets);
    const connections = Array.from({ length: 40 }, () => connect(Number(port), hostname));
    await waitFor(() => {
      const added = ['front-1', 'front-2'].map((name, i) => countSockets(name) - (before[i] ?? 0));
      expect(added.reduce((sum, each) => sum + each, 0)).toBe(40);
      // Less than 5 of 40 at one of two: once in 100,000 runs.
      expect(Math.min(...added)).toBeGreaterThan(4);
    });
    for (const connection of connections) connection.destroy();
  });

  it('says that the clock was set, and renews its TLS certificate at once', async () => {
    const mark = join(directory.path, 'clock-is-ahead');
    const setting = `const now = Date.now;
import { existsSync } from 'node:fs';
Date.now = () => now() + (existsSync('${mark}') ? 2 * 365 * 86_400_000 : 0);`;
    const imported = `data:text/javascript,${encodeURIComponent(setting)}`;
    const server = await start({ vars: { NODE_OPTIONS: `--import ${imported}` } });
    const readSerial = () =>
      new X509Certificate(readFileSync(join(server.stateDirectory, 'tls', 'server.crt')))
        .serialNumber;
    const serial = readSerial();
    writeFileSync(mark, '');
    await waitFor(() => expect(readSerial()).not.toBe(serial));
    const lines = server.logs.filter((line) => line.includes('The clock was set'));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: 'The clock was set forward, or the machine has slept.',
        bySeconds: 2 * 365 * 86_400,
      }),
    ]);
    await waitFor(async () => expect((await issue(server)).status).toBe(201));
  });

  it('has as many processes as the command line says, rather than the setting', async () => {
    const server = await start({ processes: 1, options: ['--processes', '2'] });
    expect([...listProcesses(server).keys()].sort()).toEqual(['front-1', 'record']);
  });

  it('leaves the restartable sequences to the allocator of each process', async () => {
    const server = await start({ processes: 2 });
    const ids = [...listProcesses(server).values()];
    expect(ids.length).toBe(2);
    for (const pid of ids) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      expect(environment).toContain('GLIBC_TUNABLES=glibc.pthread.rseq=0');
    }
  });

  it('issues a certificate to itself, which verifies', async () => {
    const server = await start();
    const ca = directory.write(
      'ca.pem',
      await (await fetch(`${server.url}/ca/default.pem`)).text(),
    );
    const { hostname, port } = new URL(server.httpsUrl);
    const verified = spawnSync(
      'openssl',
      [
        ...[
          's_client',
          '-connect',
          `${hostname}:${port}`,
          '-servername',
          'localhost',
          '-CAfile',
          ca,
        ],
        ...['-verify_return_error', '-verify_hostname', 'localhost', '-brief'],
      ],
      { input: '' },
    );
    expect(verified.stderr.toString()).toContain('Verification: OK');
    expect(await getSecurely(`${server.httpsUrl}/healthz`, ca)).toContain('"database":true');
  });

  it('keeps everything over a restart, without a new certificate for itself', async () => {
    const stateDirectory = join(directory.path, 'restart');
    const first = await start({ stateDirectory });
    const serial = await issueSerial(first);
    await first.stop();
    const second = await start({ stateDirectory, secrets: first.secrets });
    const rows = await second.query(
      'SELECT serial FROM certificates WHERE profile = ?',
      'tls-server',
    );
    expect(rows).toHaveLength(1);
    const found = await fetch(`${second.url}/api/v1/certificates/${serial}`, {
      headers: { Authorization: login(second) },
    });
    expect(found.status).toBe(200);
  });

  it('serves the console with the headers of public/_headers', async () => {
    const server = await start();
    const page = await fetch(`${server.url}/console/`);
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    const rules = readFileSync(join(import.meta.dirname, '../../../public/_headers'), 'utf8');
    const policy = /\/console\/\*\n\s+Content-Security-Policy: (.*)/.exec(rules)?.[1];
    expect(page.headers.get('Content-Security-Policy')).toBe(policy);
    const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
    const asset = await fetch(`${server.url}/console/${script}`);
    expect([asset.status, asset.headers.get('Cache-Control')]).toEqual([
      ...[200, 'public, max-age=31536000, immutable'],
    ]);
    expect((await fetch(`${server.url}/console`, { redirect: 'manual' })).status).toBe(307);
  });

  it('runs the jobs', async () => {
    const server = await start();
    await server.runScheduled();
    await waitFor(() => expect(server.logs.some((line) => line.includes('"job":"'))).toBe(true));
  });

  it('refuses credentials that a proxy received over plain HTTP', async () => {
    const ask = async (server: RunningServe, forwarded: Record<string, string>) => {
      const headers = { Authorization: login(server), ...forwarded };
      return (await fetch(`${server.url}/api/v1/authorities`, { headers })).status;
    };
    const elsewhere = { 'X-Forwarded-For': '203.0.113.5', 'X-Forwarded-Proto': 'http' };
    const trusting = await start({ vars: { TRUSTED_PROXIES: '127.0.0.1' } });
    expect(await ask(trusting, elsewhere)).toBe(403);
    expect(await ask(trusting, { ...elsewhere, 'X-Forwarded-Proto': 'https' })).toBe(200);
    // Without a proxy, the headers are the client's own and mean nothing.
    expect(await ask(await start(), elsewhere)).toBe(200);
  });

  it('starts with the certificate that it has if its authority does not renew it', async () => {
    const stateDirectory = join(directory.path, 'no-renewal');
    const first = await start({ stateDirectory });
    const post = async (path: string, body: object) => {
      const headers = {
        Authorization: login(first),
        Accept: 'application/pem-certificate-chain',
        'Content-Type': 'application/json',
      };
      const url = `${first.url}/api/v1/${path}`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(response.ok).toBe(true);
      return response.text();
    };
    const key = join(stateDirectory, 'tls', 'server.key');
    const csr = execFileSync('openssl', [
      ...['req', '-new', '-key', key, '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ]).toString();
    // It began 300 seconds ago, so two thirds of its validity are over.
    const notAfter = new Date(Date.now() + 120_000).toISOString();
    const chain = await post('certificates', { csr, profile: 'tls-server', notAfter });
    await post('authorities/default/disable', {});
    await first.stop();
    writeFileSync(join(stateDirectory, 'tls', 'server.crt'), chain);

    for (const processes of [1, 2]) {
      const server = await start({ stateDirectory, processes, secrets: first.secrets });
      const refusal = /The TLS certificate was not renewed: Signet refused a certificate/;
      expect(server.logs).toContainEqual(expect.stringMatching(refusal));
      expect((await fetch(`${server.url}/crl/default.crl`)).status).toBe(200);
      const { host } = new URL(server.httpsUrl);
      const shown = spawnSync('openssl', ['s_client', '-connect', host], { input: '' }).stdout;
      expect(shown.toString()).toContain(chain.split('-----END')[0]);
      await server.stop();
    }
  });

  it('shows a revocation in every process at once', async () => {
    const server = await start({ processes: 3 });
    const serial = await issueSerial(server);
    const read = async () => {
      // A new connection each time, so that any process may answer.
      const list = spawnSync('curl', ['-s', `${server.url}/crl/default.crl`]).stdout;
      return spawnSync('openssl', ['crl', '-inform', 'der', '-noout', '-text'], {
        input: list,
      }).stdout.toString();
    };
    for (let i = 0; i < 10; i++) expect(await read()).not.toContain(serial.toUpperCase());
    const revoked = await fetch(`${server.url}/api/v1/certificates/${serial}/revoke`, {
      method: 'POST',
      headers: { Authorization: login(server), 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(revoked.status).toBe(200);
    for (let i = 0; i < 20; i++)
      expect((await read()).toLowerCase()).toContain(serial.replace(/^0+/, ''));
  });

  it.each([
    ['record', 1],
    ['record', 3],
    ['front-1', 3],
  ])('starts %s anew if it is killed, of %i', async (name, processes) => {
    const server = await start({ processes });
    const serial = await issueSerial(server);
    const pid = listProcesses(server).get(name) ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitFor(async () => expect((await issue(server)).status).toBe(201));
    await waitFor(() => expect(listProcesses(server).get(name)).not.toBe(pid));
    const rows = await server.query('SELECT serial FROM certificates WHERE serial = ?', serial);
    expect(rows).toHaveLength(1);
  });

  it('answers 503 with Retry-After while there is no record', async () => {
    const server = await start({ processes: 2 });
    process.kill(listProcesses(server).get('record') ?? 0, 'SIGSTOP');
    process.kill(listProcesses(server).get('record') ?? 0, 'SIGKILL');
    const answers = await Promise.all(Array.from({ length: 20 }, () => issue(server)));
    for (const { status, headers } of answers.filter((each) => each.status !== 201)) {
      expect([status, headers.get('Retry-After')]).toEqual([503, '1']);
    }
    await waitFor(async () => expect((await issue(server)).status).toBe(201));
  });

  it('leaves no process behind if it is killed', async () => {
    const server = await start({ processes: 2 });
    const pids = [...listProcesses(server).values()];
    expect(pids).toHaveLength(2);
    server.launcher.kill('SIGKILL');
    await once(server.launcher, 'exit');
    await waitFor(() => expect(pids.filter(isRunning)).toEqual([]));
  });

  it('answers what was asked before it ends', async () => {
    const server = await start();
    const answers = Array.from({ length: 20 }, () => issue(server).then(({ status }) => status));
    await sleep(30);
    server.launcher.kill('SIGTERM');
    const results = await Promise.allSettled(answers);
    const [code] = await once(server.launcher, 'exit');
    expect(code).toBe(0);
    const answered = results.filter((each) => each.status === 'fulfilled');
    expect(answered.map(({ value }) => value)).toEqual(answered.map(() => 201));
  });

  const ownTls = {
    certificate: join(directory.path, 'tls.crt'),
    key: join(directory.path, 'tls.key'),
  };

  function makeTls(name: string): void {
    const { certificate, key } = ownTls;
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-subj', `/CN=${name}`, '-keyout', `${key}.new`, '-out', `${certificate}.new`],
      ],
      { stdio: 'ignore' },
    );
    for (const path of [key, certificate]) writeFileSync(path, readFileSync(`${path}.new`));
  }

  it('takes another TLS certificate without refusing a connection', async () => {
    makeTls('first');
    const server = await start({ tls: ownTls });
    const { port } = new URL(server.httpsUrl);
    const readName = () => {
      const shown = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`], {
        input: '',
      });
      expect(shown.stdout.toString()).toContain('BEGIN CERTIFICATE');
      return /subject=(.*)/.exec(shown.stdout.toString())?.[1] ?? '';
    };
    expect(readName()).toContain('first');
    makeTls('second');
    await waitFor(() => expect(readName()).toContain('second'));
  });

  it('answers nothing from the memory of a process that another one replaces', async () => {
    makeTls('first');
    const server = await start({ processes: 2, tls: ownTls });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    /** Whether the answer came from memory; null if the process has closed the connection. */
    async function isFromMemory(): Promise<boolean | null> {
      const asked = requestPlainly(`${server.url}/ca/default.crt`, { agent }).end();
      const [response] = await once(asked, 'response');
      for await (const _ of response);
      return asked.reusedSocket ? 'age' in response.headers : null;
    }
    await isFromMemory();
    expect(await isFromMemory()).toBe(true);
    makeTls('second');
    const answers: boolean[] = [];
    for (;;) {
      const answer = await isFromMemory().catch(() => null);
      if (answer === null) break;
      answers.push(answer);
      await sleep(5);
    }
    agent.destroy();
    expect(answers.at(-1)).toBe(false);
  });
});

/** @param ca path of the trusted certificate */
function getSecurely(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca: readFileSync(ca) }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end();
  });
}
