import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/free-port.ts';
import { listDescendants } from '../../scripts/process-tree.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { describeSignetApi } from '../../tools/openapi/signet-api.ts';
import { requireTool, run, tryRun } from './tools.ts';

const READY = /Root certificate (\S+)/;
const READY_TIMEOUT_MS = 240_000;
const END_TIMEOUT_MS = 60_000;

interface Started {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly output: () => string;
}

const state = mkdtempSync(join(tmpdir(), 'signet-start-'));
const npm = requireTool('npm');
const ps = requireTool('ps', ['-A']);
const openssl = requireTool('openssl', ['version']);
let running: Started | null = null;

afterEach(async () => {
  if (running === null) return;
  for (const pid of [running.pid, ...listDescendants(running.pid)]) endProcess(pid);
  running = null;
});
afterAll(() => rmSync(state, { recursive: true, force: true }));

function startByNpm(port: number, command = 'exec npm start'): Started {
  const { npm_lifecycle_event: _, ...env } = process.env;
  const child = spawn('sh', ['-c', command], {
    cwd: PROJECT_DIR,
    env: { ...env, PORT: String(port), SIGNET_STATE: state },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid === undefined) throw new Error('npm did not start');
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  running = { process: child, pid: child.pid, output: () => output };
  return running;
}

async function waitFor(what: string, isTrue: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error(`${what}\n${running?.output()}`);
    await sleep(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie process has ended, but still has its pid.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Asks for a certificate as the first steps do, and returns the status. */
async function issueCertificate(origin: string, host: string): Promise<number> {
  const [, user = ''] =
    /user = "(.*)"/.exec(readFileSync(join(state, '.dev.issue.curl'), 'utf8')) ?? [];
  const { stdout } = run('openssl', [
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', `/CN=${host}`, '-keyout', join(state, 'host.key')],
  ]);
  const { status } = await fetch(`${origin}/api/v1/certificates`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(user).toString('base64')}` },
    body: stdout,
  });
  return status;
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function isSleep(pid: number): boolean {
  return readCommandLine(pid).startsWith('sleep');
}

async function waitUntilFree(port: number): Promise<void> {
  const deadlineMs = Date.now() + END_TIMEOUT_MS;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/healthz`);
    } catch {
      return;
    }
    if (Date.now() > deadlineMs) throw new Error(`port ${port} is still held`);
    await sleep(200);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

const missing = npm.missing || ps.missing || openssl.missing;

describe.skipIf(missing)(npm.title(ps.title(openssl.title('npm start'))), () => {
  let firstSecrets = '';
  let firstKey = '';

  it.each(['first', 'second'])(
    'starts, answers and leaves no process behind: %s time',
    async (time) => {
      const port = await findFreePort();
      const started = startByNpm(port);
      await waitFor('not ready', () => READY.test(started.output()), READY_TIMEOUT_MS);
      expect(READY.exec(started.output())?.[1]).toBe(`http://127.0.0.1:${port}/ca/default.pem`);
      expect(started.output()).not.toMatch(/warning|▲|✘/i);

      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      expect({ status: answer.status, body: await answer.text() }).toMatchObject({ status: 200 });

      expect(started.output()).not.toContain('[custom build]');

      const secrets = readFileSync(join(state, '.dev.vars'), 'utf8');
      for (const name of ['.dev.vars', '.dev.curl', '.dev.issue.curl']) {
        expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
      }
      const key = readFileSync(join(state, '.dev.issue.curl'), 'utf8');
      if (time === 'first') [firstSecrets, firstKey] = [secrets, key];
      expect([secrets, key]).toEqual([firstSecrets, firstKey]);
      expect(started.output().includes('Made new secrets')).toBe(time === 'first');

      const processes = listDescendants(started.pid);
      expect(processes.length).toBeGreaterThan(2);
      // A service manager signals only npm; Ctrl-C signals the terminal's process group.
      if (time === 'first') process.kill(started.pid, 'SIGTERM');
      else process.kill(-started.pid, 'SIGINT');
      await waitFor('left behind', () => !processes.some(isAlive), END_TIMEOUT_MS);
    },
  );

  it('serves the API description and a page that shows it, without content of other sites', async () => {
    const port = await findFreePort();
    const started = startByNpm(port);
    await waitFor('not ready', () => READY.test(started.output()), READY_TIMEOUT_MS);
    const origin = `http://127.0.0.1:${port}`;

    const description = await fetch(`${origin}/api/v1/openapi.json`);
    expect(description.headers.get('Content-Type')).toMatch(/^application\/json/);
    expect(await description.json()).toEqual(JSON.parse(JSON.stringify(describeSignetApi())));

    const page = await fetch(`${origin}/api/docs`);
    expect(page.url).toBe(`${origin}/api/docs/`);
    expect(page.headers.get('Content-Security-Policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; /,
    );
    const html = await page.text();
    expect(html).not.toMatch(/https?:/);
    const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const answer = await fetch(new URL(link, page.url));
      expect({ link, status: answer.status }).toEqual({ link, status: 200 });
      await answer.arrayBuffer();
    }
    // Headers that a browser sends for the page's own requests.
    const sent = await fetch(`${origin}/api/v1/accounts`, {
      method: 'POST',
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
    });
    expect(sent.status).toBe(401);
    await waitFor('logged', () => started.output().includes('POST /api/v1/accounts 401'), 60_000);
    expect(started.output()).not.toContain('Note:');
    for (const host of ['localhost', 'a.b.internal', '10.1.2.3', 'Alice']) {
      expect({ host, status: await issueCertificate(origin, host) }).toEqual({ host, status: 201 });
    }
    expect(await issueCertificate(origin, 'www.example.com')).toBe(403);
  });

  it('warns of old addresses, says that it is already running, and ends when its output is closed', async () => {
    const port = await findFreePort();
    // The pipe is closed when the gate is written, and another descendant keeps the group alive.
    const gate = join(state, 'gate');
    execFileSync('mkfifo', [gate]);
    const started = startByNpm(
      port,
      `npm start | { sed -u '/openssl verify/q'; cat '${gate}'; }; sleep 600`,
    );
    await waitFor('not ready', () => /openssl verify/.test(started.output()), READY_TIMEOUT_MS);
    expect(started.output()).toMatch(
      /Note: Certificates issued so far name http:\/\/127\.0\.0\.1:\d+ for their CRL and OCSP; PUBLICATION_URL is now/,
    );
    const processes = listDescendants(started.pid);
    expect(processes.length).toBeGreaterThan(3);

    const own = ['-u', 'npm_lifecycle_event', `PORT=${port}`, `SIGNET_STATE=${state}`];
    const options = { cwd: PROJECT_DIR, timeoutMs: READY_TIMEOUT_MS };
    const second = tryRun('env', [...own, 'npm', 'start'], options);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`Signet is already running at http://127.0.0.1:${port}.`);

    writeFileSync(gate, '');
    // The answer is logged to the closed output.
    await fetch(`http://127.0.0.1:${port}/nothing`).catch(() => {});
    await waitUntilFree(port);
    const servers = processes.filter((pid) => !isSleep(pid));
    await waitFor('left behind', () => !servers.some(isAlive), END_TIMEOUT_MS);
  });

  it('says which secret is wrong, and leaves no process behind when it is killed', async () => {
    const devVars = join(state, '.dev.vars');
    const kept = readFileSync(devVars);
    rmSync(devVars);
    const port = await findFreePort();
    const started = startByNpm(port);
    await waitFor('not ready', () => READY.test(started.output()), READY_TIMEOUT_MS);
    expect(started.output()).toContain(
      "CA_KEY does not belong to the certificate of authority 'default'.",
    );
    expect(started.output()).toMatch(/Restore the file of that CA, or remove .*state/);
    expect(started.output()).not.toContain('openssl req');

    const processes = listDescendants(started.pid);
    const script = processes.find((pid) => /run\.js\0start/.test(readCommandLine(pid)));
    if (script === undefined) throw new Error('no process of the script');
    process.kill(script, 'SIGKILL');
    await waitFor('left behind', () => !processes.some(isAlive), END_TIMEOUT_MS);
    writeFileSync(devVars, kept);
  });

  it('says what to do if the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const started = startByNpm(port);
    const [code] = await once(started.process, 'close');
    other.close();
    expect(code).toBe(1);
    expect(started.output()).toContain(`Port ${port} is in use`);
    expect(started.output()).toContain('PORT=8787 npm start');
  });
});
