import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { findFreePort } from '../../scripts/free-port.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { type RunResult, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const TIMEOUT_MS = 240_000;
const work = makeWorkDirectory();
afterAll(() => work.remove());

let port = 0;
beforeAll(async () => {
  port = await findFreePort();
});

function runScript(state: string, script: string, ...args: string[]): RunResult {
  const run = join(PROJECT_DIR, 'scripts', 'run.js');
  const variables = [`PORT=${port}`, `SIGNET_STATE=${state}`];
  return tryRun('env', [...variables, process.execPath, run, script, ...args], {
    timeoutMs: TIMEOUT_MS,
  });
}

describe('the commands of package.json', () => {
  it.each(Object.entries(packageJson.scripts))(
    'say that npm ci must run first: %s',
    (_, script) => {
      const clone = join(work.path, 'clone');
      mkdirSync(join(clone, 'scripts'), { recursive: true });
      for (const file of ['package.json', 'scripts/run.js', 'scripts/check-install.js']) {
        copyFileSync(join(PROJECT_DIR, file), join(clone, file));
      }
      const { code, stderr } = tryRun('sh', ['-c', script], { cwd: clone });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^The dependencies are not installed\. Run this first: npm ci$/m);
      expect(stderr).not.toContain('not found');
    },
  );

  it.each([
    ['start', '--port', /^npm start takes no arguments, so not "--port"\. It reads PORT .*\n$/],
    ['make-secrets', '--no-such', /^Unknown option '--no-such'.*\n\nUsage:\n/],
    ['import', '--no-such', /^Unknown option '--no-such'.*\n\nTakes over/],
  ])('of %s name an unknown argument', (script, argument, message) => {
    const { code, stderr } = runScript(join(work.path, 'x'), script, argument);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it.each([
    ['/dev/null/state', 'start'],
    ['/dev/null/state', 'make-secrets', '--dev'],
    ['/proc/state', 'start'],
    ['/proc/a/state', 'make-secrets', '--dev'],
  ])('name a state directory that they cannot write: %s, %s', (state, script, ...args) => {
    const { code, stderr } = runScript(state, script, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Cannot use \/(?:dev\/null|proc)\S*: .*\.\n$/);
  });
});

describe('npm run secrets', () => {
  it('writes the files of local runs with --dev, once', () => {
    const state = join(work.path, 'dev');
    const made = runScript(state, 'make-secrets', '--dev');
    expect(made.stderr).toBe('');
    expect(made.stdout).toContain('npx wrangler d1 migrations apply signet --local');
    const text = readFileSync(join(state, '.dev.vars'), 'utf8');
    expect(text).toContain('-----BEGIN PRIVATE KEY-----');
    for (const name of ['.dev.vars', '.dev.curl']) {
      expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    }
    const again = runScript(state, 'make-secrets', '--dev');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('exists and was not changed');
    expect(readFileSync(join(state, '.dev.vars'), 'utf8')).toBe(text);
  });

  it('sets every secret that .dev.vars.example lists', () => {
    const names = (path: string) =>
      [...readFileSync(path, 'utf8').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names(join(work.path, 'dev', '.dev.vars'))).toEqual(
      names(join(PROJECT_DIR, '.dev.vars.example')),
    );
  });

  it('does not advise to replace all secrets of a deployed CA', () => {
    const { code, stdout } = runScript(work.path, 'make-secrets', join(work.path, 's.json'));
    expect(code).toBe(0);
    expect(stdout).not.toContain('secret bulk');
    expect(stdout).toContain('docs/deploying.md#change-a-secret');
  });
});

describe('npm run deploy:check', () => {
  it('says what is still local in wrangler.toml', () => {
    const { code, stdout } = runScript(work.path, 'deploy-check');
    expect(code).toBe(0);
    expect(stdout).toContain('--dry-run: exiting now.');
    for (const name of ['database_id', 'PUBLICATION_URL', 'PUBLIC_URL']) {
      expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
    }
  });
});
