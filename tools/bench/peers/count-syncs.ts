import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const SYNC_CALLS = ['fsync', 'fdatasync', 'msync', 'sync_file_range'];
const ATTACH_MS = 500;

/** Counts with strace how often a server waits for the disk while `run` runs; null without strace. */
export async function countSyncs(
  pids: readonly number[],
  run: () => Promise<void>,
  report: string,
): Promise<number | null> {
  const attach = pids.flatMap((pid) => ['-p', String(pid)]);
  const args = ['-f', '-c', '-e', `trace=${SYNC_CALLS.join(',')}`, '-o', report, ...attach];
  const strace = spawn('strace', args, { stdio: 'ignore' });
  const ended = new Promise<boolean>((resolve) => {
    strace.once('error', () => resolve(false));
    strace.once('exit', () => resolve(true));
  });
  await sleep(ATTACH_MS);
  if (strace.pid === undefined || strace.exitCode !== null) return null;
  await run();
  strace.kill('SIGINT');
  if (!(await ended)) return null;
  return parseSummary(readFileSync(report, 'utf8'));
}

/** Adds up the calls in strace's summary: `% time  seconds  usecs/call  calls  errors  syscall`. */
export function parseSummary(text: string): number {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => SYNC_CALLS.includes(fields.at(-1) ?? ''))
    .reduce((total, fields) => total + Number(fields[3]), 0);
}
