import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcessTree } from '../../../scripts/process-tree.ts';

const LAST_CHARACTERS = 2000;

/** A directory for the files of one server. */
export interface Directory {
  path(name: string): string;
  read(name: string): string;
  /** Returns the path of the written file. */
  write(name: string, content: string | Uint8Array): string;
  writeJson(name: string, value: object): string;
  remove(): void;
}

export function makeDirectory(name: string): Directory {
  const root = mkdtempSync(join(tmpdir(), `${name}-`));
  const path = (file: string) => join(root, file);
  const write = (file: string, content: string | Uint8Array) => {
    writeFileSync(path(file), content);
    return path(file);
  };
  return {
    path,
    read: (file) => readFileSync(path(file), 'utf8'),
    write,
    writeJson: (file, value) => write(file, JSON.stringify(value)),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface ServerProcess {
  readonly pid: number;
  /** The last that it printed. */
  readOutput(): string;
  hasEnded(): boolean;
  end(): Promise<void>;
}

/** Starts a program, and writes what it prints into the directory. */
export function startProcess(
  directory: Directory,
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ServerProcess {
  const file = directory.path('output.log');
  const output = openSync(file, 'w');
  const child = spawn(program, args, {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...variables },
  });
  closeSync(output);
  if (child.pid === undefined) throw new Error(`${program} does not start`);
  return {
    pid: child.pid,
    readOutput: () => readFileSync(file, 'utf8').slice(-LAST_CHARACTERS),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    end: () => endProcessTree(child),
  };
}
