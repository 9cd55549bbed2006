import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface RunResult {
  /** Null if a signal ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program without blocking this process, which may serve its requests. Throws if the program
 * cannot be started.
 */
export async function tryRun(
  command: string,
  args: readonly string[],
  { input = '', env }: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  const ended = once(child, 'close');
  // A program that does not read its input may end before all of it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code: child.exitCode, stdout, stderr };
}

/** Like {@link tryRun}, but throws an error with the program's output if its exit code is not 0. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await tryRun(command, args, options);
  if (result.code === 0) return result;
  const words = `${result.stdout}${result.stderr}`;
  throw new Error(
    `${command} ${args.slice(0, 9).join(' ')} … ended with ${result.code}:\n${words}`,
  );
}

/** Returns whether a program is installed and starts. */
export function isInstalled(command: string, versionArgs: readonly string[]): boolean {
  return spawnSync(command, versionArgs, { stdio: 'ignore' }).error === undefined;
}
