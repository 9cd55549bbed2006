import { execFileSync } from 'node:child_process';

/** Returns the program that an environment variable names, or the one in the PATH; null if none runs. */
export function findProgram(
  variable: string,
  name: string,
  args: readonly string[],
): string | null {
  const program = process.env[variable] ?? name;
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return program;
  } catch {
    return null;
  }
}
