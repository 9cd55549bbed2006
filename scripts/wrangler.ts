import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { findWrangler, PROJECT_DIR } from './project.ts';

/** Makes local runs fast and quiet, and keeps them off the network. */
const LOCAL_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_SEND_METRICS: 'false',
};

export type WranglerProcess = ChildProcessByStdio<null, Readable, Readable>;

const END_WITH_PARENT = pathToFileURL(join(import.meta.dirname, 'end-with-parent.ts')).href;

/**
 * Starts wrangler in its own process group, so that Ctrl-C does not reach it twice. It ends itself if
 * this process is killed.
 */
export function startWrangler(args: readonly string[]): WranglerProcess {
  return spawn(process.execPath, ['--import', END_WITH_PARENT, findWrangler(), ...args], {
    cwd: PROJECT_DIR,
    env: { ...process.env, ...LOCAL_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
}

/** Runs wrangler without output. Throws an error with its output if it fails. */
export function runWranglerQuietly(args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [findWrangler(), ...args], {
    cwd: PROJECT_DIR,
    env: { ...process.env, ...LOCAL_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

/** Runs wrangler in the user's terminal, so that the user can answer it. Returns its exit code. */
export function runWranglerInteractively(args: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, [findWrangler(), ...args], {
    cwd: PROJECT_DIR,
    stdio: 'inherit',
  });
  if (error) throw error;
  return status ?? 1;
}
