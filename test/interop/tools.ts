import { execFile, spawnSync } from 'node:child_process';

export interface Tool {
  readonly name: string;
  /** True if it is not installed; for `describe.skipIf`. */
  readonly missing: boolean;
  /** Returns the title of a suite that needs the tool; a skipped suite's title gives the reason. */
  title(text: string): string;
}

/**
 * Looks for a tool on this machine:
 *
 *     const openssl = requireTool('openssl');
 *     describe.skipIf(openssl.missing)(openssl.title('openssl verify'), () => …);
 *
 * @param versionArgs arguments with which it runs and ends at once
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
  /** Standard input. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

export interface RunResult {
  /** Null if a signal or the timeout ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/** Runs a program, whatever its exit code. Throws if it cannot be started. */
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

/** Like {@link tryRun}, but throws an error with the program's output if its exit code is not 0. */
export function run(cmd: string, args: readonly string[], options: RunOptions = {}): RunResult {
  const result = tryRun(cmd, args, options);
  if (result.code === 0) return result;
  const command = [cmd, ...args].join(' ');
  throw new Error(`${command} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
}

/**
 * Like {@link run}, but lets this process go on meanwhile, for a program that needs a server of the
 * test itself. It has no standard input.
 */
export function runBeside(
  cmd: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<string> {
  const settings = {
    env: { ...process.env, ...options.env },
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const child = execFile(cmd, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
    child.stdin?.end();
  });
}
