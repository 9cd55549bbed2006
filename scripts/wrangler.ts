import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { findWrangler, PROJECT_DIR } from './project.ts';

/** Makes local runs quick and quiet, and keeps them from asking anything of the network. */
const LOCAL_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_SEND_METRICS: 'false',
};

export type WranglerProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Starts wrangler in a process group of its own, so that Ctrl-C reaches it once, from us. */
export function startWrangler(args: readonly string[]): WranglerProcess {
  return spawn(process.execPath, [findWrangler(), ...args], {
    cwd: PROJECT_DIR,
    env: { ...process.env, ...LOCAL_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
}

/** Runs wrangler to its end without a word; throws with everything it said where it failed. */
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

/** Runs wrangler before the eyes of the user, who may have to answer it. Returns its exit code. */
export function runWranglerInteractively(args: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, [findWrangler(), ...args], {
    cwd: PROJECT_DIR,
    stdio: 'inherit',
  });
  if (error) throw error;
  return status ?? 1;
}
