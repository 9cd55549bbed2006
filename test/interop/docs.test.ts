import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/free-port.ts';
import { endProcessTree } from '../../scripts/process-tree.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { listCommands, makeScript } from './docs-commands.ts';
import { requireTool, run, type Tool, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

/** In the order in which a reader may go through them; the last ones change the CA's key and secrets. */
const PAGES = [
  'README.md',
  'README.zh-CN.md',
  'docs/first-certificate.md',
  'docs/api.md',
  'docs/search.md',
  'docs/metrics.md',
  'docs/access-keys.md',
  'docs/policies.md',
  'docs/acme.md',
  'docs/revocation-lists.md',
  'docs/ocsp.md',
  'docs/revoking.md',
  'docs/building-a-two-level-pki.md',
  'docs/verifying-the-audit-record.md',
  'docs/managing-certificates-with-baidu-sdks.md',
  'docs/external-sub-ca-with-alibaba-sdk.md',
  'docs/moving-from-openssl-ca-server.md',
  'docs/moving-from-openssl-ca-server.zh-CN.md',
  'docs/importing-an-existing-ca.md',
  'docs/deploying.md',
  'docs/running-on-your-own-machine.md',
  'docs/backup-and-restore.md',
  'docs/re-keying-a-ca.md',
  'docs/rotating-the-sealing-key.md',
];
/** Commands for those who develop Signet; their own tests run most of them. */
const PAGES_FOR_DEVELOPERS = ['performance', 'conformance', 'releasing', 'robustness'];
/** Pages whose commands need one more program. */
const NEEDS: Readonly<Record<string, Tool>> = { 'docs/acme.md': requireTool('certbot') };
const TIMEOUT_MS = 300_000;
/** What a clone has, besides what the npm scripts read. */
const NEEDED = /^(?!test\/|docs\/|\.github\/)/;

const tools = [
  requireTool('bash'),
  requireTool('curl'),
  requireTool('git'),
  requireTool('npm'),
  requireTool('openssl', ['version']),
];
const missing = tools.filter((tool) => tool.missing);
const title = missing.reduce((text, tool) => tool.title(text), 'the commands of the documentation');
const clock = requireTool('ps', ['-A']);
const work = makeWorkDirectory();
afterAll(() => work.remove());

/** The files of the repository, as a fresh clone has them after npm ci. */
function makeClone(): string {
  const clone = join(work.path, 'clone');
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: PROJECT_DIR, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name !== '' && NEEDED.test(name))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(PROJECT_DIR, file), join(clone, file));
  }
  symlinkSync(join(PROJECT_DIR, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}

describe.skipIf(missing.length > 0 || clock.missing)(title, () => {
  let clone = '';
  let server: ChildProcess;
  let output = '';
  let port = 0;
  let tlsPort = 0;
  let servePorts = [0, 0];

  beforeAll(async () => {
    clone = makeClone();
    port = await findFreePort();
    tlsPort = await findFreePort();
    servePorts = [await findFreePort(), await findFreePort()];
    // Someone who knows wrangler begins like this.
    const options = { cwd: clone, timeoutMs: TIMEOUT_MS };
    run('npx', ['wrangler', 'd1', 'migrations', 'apply', 'signet', '--local'], options);
    run('npm', ['run', 'secrets', '--', '--dev'], options);
    const { npm_lifecycle_event: _, SIGNET_STATE: __, ...env } = process.env;
    server = spawn('npm', ['start'], { cwd: clone, env: { ...env, PORT: String(port) } });
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (text) => {
        output += text;
      });
    }
    const deadlineMs = Date.now() + TIMEOUT_MS;
    while (!output.includes('To stop it')) {
      if (Date.now() > deadlineMs || server.exitCode !== null) throw new Error(output);
      await sleep(100);
    }
  }, 3 * TIMEOUT_MS);
  afterAll(async () => {
    if (server?.exitCode === null) await endProcessTree(server);
  }, TIMEOUT_MS);

  async function runPage(page: string): Promise<void> {
    const text = readFileSync(join(PROJECT_DIR, page), 'utf8')
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${port}`)
      .replaceAll('127.0.0.1:4433', `127.0.0.1:${tlsPort}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${servePorts[0]}`)
      .replaceAll('127.0.0.1:8443', `127.0.0.1:${servePorts[1]}`);
    const script = join(work.path, 'page.sh');
    writeFileSync(script, makeScript(listCommands(text)));
    const child = spawn('bash', [script], { cwd: clone, timeout: TIMEOUT_MS });
    let shown = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => {
        shown += part;
      });
    }
    child.stdin.end();
    const [code] = await once(child, 'close');
    expect({ code, shown: code === 0 ? '' : shown.slice(-3000) }).toEqual({ code: 0, shown: '' });
  }

  it('start after the usual wrangler commands without a warning', () => {
    expect(output).toContain('openssl req -new');
    expect(output).not.toMatch(/Note:|another key|Made new secrets|cannot/);
  });

  for (const page of PAGES) {
    const needed = NEEDS[page];
    const title = `of ${page} work in a fresh directory`;
    it.skipIf(needed?.missing)(needed?.title(title) ?? title, () => runPage(page), TIMEOUT_MS);
  }

  it('are on pages that are listed here', () => {
    const others = readdirSync(join(PROJECT_DIR, 'docs'))
      .filter((name) => name.endsWith('.md') && !PAGES.includes(`docs/${name}`))
      .filter((name) => {
        const blocks = listCommands(readFileSync(join(PROJECT_DIR, 'docs', name), 'utf8'));
        return blocks.length > 0 && !PAGES_FOR_DEVELOPERS.includes(name.replace('.md', ''));
      });
    expect(others).toEqual([]);
  });

  it('put private keys only into certs/, and show no credentials on a command line', () => {
    const status = tryRun('find', ['.', '-name', '*.key', '-o', '-name', '*.pem'], { cwd: clone });
    const places = status.stdout
      .split('\n')
      .filter((path) => !/^(\.\/(certs|demoCA)\/|$)/.test(path));
    expect(places.filter((path) => !path.startsWith('./node_modules'))).toEqual([]);
    for (const page of PAGES) {
      const commands = listCommands(readFileSync(join(PROJECT_DIR, page), 'utf8'));
      for (const { text } of commands) expect(text, page).not.toMatch(/curl .*(-u|--user) |\bjq\b/);
    }
    rmSync(join(clone, 'node_modules'));
  });
});
