import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

export type Level = 'info' | 'warn' | 'error';

/** Wait this long before a process is ended that failed: it writes its lines up to 20 ms later. */
export const LAST_LINES_MS = 200;

export interface Log {
  /** Otherwise processes write their lines to the standard output themselves, which costs less. */
  readonly isFile: boolean;
  /** Writes one line of the launcher itself. */
  write(level: Level, message: string, details?: Readonly<Record<string, unknown>>): void;
  /** Writes what a process printed. Text that is not a line of JSON is wrapped as an error. */
  copy(text: string): void;
}

const MAX_FILE_BYTES = 10 * 1024 * 1024;
const KEPT_FILES = 5;

/** Opens the log: JSON lines, to the standard output or to a file that is rotated. */
export function openLog(path: string | null): Log {
  const writeLine = path === null ? writeToOutput : createFileWriter(path);
  return {
    isFile: path !== null,
    write(level, message, details = {}) {
      writeLine(JSON.stringify({ level, at: new Date().toISOString(), message, ...details }));
    },
    copy(text) {
      for (const line of text.split('\n')) {
        if (line.startsWith('{')) writeLine(line);
        else if (line.trim() !== '') this.write('error', line);
      }
    },
  };
}

function writeToOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Renames a full file to `path.1`, that to `path.2`, and so on; the oldest is deleted. */
function createFileWriter(path: string): (line: string) => void {
  let file = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;

  function rotate(): void {
    closeSync(file);
    rmSync(`${path}.${KEPT_FILES}`, { force: true });
    for (let i = KEPT_FILES - 1; i >= 1; i--) {
      if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
    }
    renameSync(path, `${path}.1`);
    file = openSync(path, 'a', 0o600);
    size = 0;
  }

  return (line) => {
    try {
      if (size > MAX_FILE_BYTES) rotate();
      size += writeSync(file, `${line}\n`);
    } catch (error) {
      // A full disk must not end the server.
      process.stderr.write(`The log could not be written: ${error}\n${line}\n`);
    }
  };
}
