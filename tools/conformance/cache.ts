import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { tryRun } from './run.ts';

/** Linters from other registries than npm's, kept until node_modules is removed. */
const CACHE_DIR = join(PROJECT_DIR, 'node_modules', '.cache', 'conformance');

/**
 * Pinned versions, so that new rules arrive only by a change of this file. These were the newest ones
 * whose dependencies were all available.
 */
const ZLINT = 'github.com/zmap/zlint/v3/cmd/zlint@v3.7.1';
const PKILINT = 'pkilint==0.13.3';

export type Installed = { readonly command: string } | { readonly missing: string };

/** Builds zlint with Go. */
export function installZlint(): Promise<Installed> {
  return install('zlint-3.7.1', join('bin', 'zlint'), (directory) => {
    const env = { GOBIN: join(directory, 'bin'), GOFLAGS: '-modcacherw' };
    return attempt('go', ['install', ZLINT], env);
  });
}

/** Makes a Python environment with pkilint. */
export function installPkilint(): Promise<Installed> {
  return install('pkilint-0.13.3', join('venv', 'bin', 'python'), async (directory) => {
    const venv = join(directory, 'venv');
    return (
      (await attempt('python3', ['-m', 'venv', venv])) ??
      attempt(join(venv, 'bin', 'pip'), ['install', '--quiet', PKILINT])
    );
  });
}

/** @param make returns why it failed, or null */
async function install(
  name: string,
  command: string,
  make: (directory: string) => Promise<string | null>,
): Promise<Installed> {
  const directory = join(CACHE_DIR, name);
  const path = join(directory, command);
  const done = join(directory, 'installed');
  if (existsSync(done)) return { command: path };
  mkdirSync(directory, { recursive: true });
  const failure = await make(directory);
  if (failure !== null) return { missing: failure };
  mkdirSync(done);
  return { command: path };
}

async function attempt(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  try {
    const { code, stderr } = await tryRun(command, args, { env });
    if (code === 0) return null;
    const last = stderr.trim().split('\n').at(-1) ?? '';
    return `${command} ${args[0]} failed: ${last}`;
  } catch {
    return `${command} is not on this machine`;
  }
}
