import { spawnSync } from 'node:child_process';

export interface Tool {
  readonly name: string;
  /** True where it is not on this machine: for `describe.skipIf`. */
  readonly missing: boolean;
  /** The title of a suite that needs the tool; says so where it is skipped for want of it. */
  title(text: string): string;
}

/**
 * Looks for a tool of the machine:
 *
 *     const openssl = requireTool('openssl');
 *     describe.skipIf(openssl.missing)(openssl.title('openssl verify'), () => …);
 *
 * @param versionArgs what to call it with to see that it runs
 */
export function requireTool(name: string, versionArgs: readonly string[] = ['--version']): Tool {
  const missing = spawnSync(name, versionArgs, { stdio: 'ignore' }).error !== undefined;
  return {
    name,
    missing,
    title: (text) => (missing ? `${text} (skipped: ${name} is not on this machine)` : text),
  };
}

export interface RunOptions {
  /** Given on the standard input. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

export interface RunResult {
  /** Null where the program was ended by a signal or the timeout. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/** Runs a program to its end, whatever its exit code. Throws where it cannot be run at all. */
export function tryRun(cmd: string, args: readonly string[], options: RunOptions = {}): RunResult {
  const { status, stdout, stderr, error } = spawnSync(cmd, args, {
    input: options.input ?? '',
    cwd: options.cwd,
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });
  if (error) throw error;
  return {
    code: status,
    stdout: stdout.toString(),
    stdoutBytes: stdout,
    stderr: stderr.toString(),
  };
}

/** Like {@link tryRun}, but throws with what the program said where its exit code is not 0. */
export function run(cmd: string, args: readonly string[], options: RunOptions = {}): RunResult {
  const result = tryRun(cmd, args, options);
  if (result.code === 0) return result;
  const command = [cmd, ...args].join(' ');
  throw new Error(`${command} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
}
