import { escapeControls } from './terminal.ts';

/** A failure that the user can correct; only its message is shown. */
export class UserError extends Error {}

/** Runs a command and sets the exit code. Prints an error; one that the user can correct without its stack. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(escapeControls(describeError(error)));
    process.exitCode = 1;
  }
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  ENOENT: 'it does not exist, or its directory cannot be made',
};

/** Returns one line for what the user can correct, and the stack of a defect. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, path }: NodeJS.ErrnoException = error;
  const problem = code === undefined ? undefined : FILE_PROBLEMS[code];
  if (problem !== undefined && path !== undefined) return `Cannot use ${path}: ${problem}.`;
  if (code === 'ENOSPC') return 'Cannot write: the disk is full.';
  if (code?.startsWith('ERR_PARSE_ARGS_')) return error.message;
  return error.stack ?? String(error);
}
