import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { listDescendants } from '../../scripts/process-tree.ts';
import type { WorkerBundle } from '../worker/build-worker.ts';
import type { ServerReport, ServerRequest } from './server-messages.ts';

export interface ServerSettings {
  readonly bundle: WorkerBundle;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** The directory of its database. */
  readonly stateDirectory: string;
  /** Processes of `signet serve`; null for Miniflare. */
  readonly processes: number | null;
  /** Takes the log line of a request that ended with an internal error. */
  readonly takeTrouble: (line: string) => void;
}

/** A process of `signet serve`. */
export type ServePart = 'launcher' | 'record' | 'front-1';

export interface ServerProcess {
  readonly port: number;
  /** Returns all rows of a query on its database. */
  query(sql: string, ...parameters: unknown[]): Promise<Record<string, unknown>[]>;
  /** Returns the ids of its processes, the parent first. */
  listProcesses(): number[];
  /**
   * Sends SIGKILL to all its processes, or first to the one of `signet serve` with this name, and to the
   * others a moment later; resolves when all have ended.
   */
  kill(first?: ServePart): Promise<void>;
  /** Ends it in an orderly way. */
  stop(): Promise<void>;
}

/** A starting server, which can be killed before it has started. */
export interface StartingServer {
  readonly started: Promise<ServerProcess>;
  kill(): Promise<void>;
}

interface Waiter {
  resolve(rows: Record<string, unknown>[]): void;
  reject(error: Error): void;
}

export function startServer({ takeTrouble, ...settings }: ServerSettings): StartingServer {
  const child = fork(join(import.meta.dirname, 'server-process.ts'));
  const waiters = new Map<number, Waiter>();
  let queries = 0;
  const send = (request: ServerRequest) => child.send(request);
  const kill = (first?: ServePart) => killTree(child, first);

  const started = new Promise<ServerProcess>((resolve, reject) => {
    child.on('message', (message: ServerReport) => {
      if (message.kind === 'trouble') takeTrouble(message.line);
      else if (message.kind === 'started') resolve(toProcess(Number(new URL(message.url).port)));
      else if (message.kind === 'rows') waiters.get(message.id)?.resolve(message.rows);
      else {
        const error = new Error(message.reason);
        if (message.id === null) reject(error);
        else waiters.get(message.id)?.reject(error);
      }
      if ('id' in message && message.id !== null) waiters.delete(message.id);
    });
    child.once('exit', () => {
      const error = new Error('The server process has ended');
      reject(error);
      for (const waiter of waiters.values()) waiter.reject(error);
    });
  });

  function toProcess(port: number): ServerProcess {
    return {
      port,
      query: (sql, ...parameters) =>
        new Promise((resolve, reject) => {
          const id = queries++;
          waiters.set(id, { resolve, reject });
          send({ kind: 'query', id, sql, parameters });
        }),
      listProcesses: () => listTree(child),
      kill,
      async stop() {
        if (hasEnded(child)) return;
        const exited = once(child, 'exit');
        child.disconnect();
        await exited;
      },
    };
  }

  send({ kind: 'start', ...settings });
  return { started, kill };
}

const PART_MARKS: Readonly<Record<ServePart, string>> = {
  launcher: 'signet.js serve',
  record: 'run/record.capnp',
  'front-1': 'run/front-1.capnp',
};
const MOMENT_MS = 200;

async function killTree(child: ChildProcess, first?: ServePart): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  // Kill children first, so that none sees its parent end and reacts.
  const tree = listTree(child).reverse();
  if (first !== undefined) {
    const mark = PART_MARKS[first];
    for (const pid of tree) if (readCommand(pid).includes(mark)) sendSignal(pid, 'SIGKILL');
    await new Promise((done) => setTimeout(done, Math.random() * MOMENT_MS));
  }
  // The launcher of `signet serve` starts ended processes anew: it must not while these are killed, nor
  // may what it has started meanwhile be missed.
  for (const pid of listTree(child)) sendSignal(pid, 'SIGSTOP');
  for (const pid of listTree(child)) if (!tree.includes(pid)) tree.push(pid);
  for (const pid of tree) sendSignal(pid, 'SIGKILL');
  await exited;
  while (tree.some(isAlive)) await new Promise((done) => setTimeout(done, 2));
}

function listTree({ pid }: ChildProcess): number[] {
  return pid === undefined ? [] : [pid, ...listDescendants(pid)];
}

function readCommand(pid: number): string {
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function sendSignal(pid: number, signal: 'SIGKILL' | 'SIGSTOP'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
