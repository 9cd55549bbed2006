import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, UserError } from '../user-error.ts';
import { askProcess } from './control.ts';
import { logFailedConnections } from './failed-connections.ts';
import type { Log } from './log.ts';
import type { HeldSocket } from './sockets.ts';

export interface WorkerdOptions {
  readonly name: string;
  /** Path of the workerd program. */
  readonly program: string;
  readonly configPath: string;
  /** Returns the configuration as it is now. */
  readonly formatConfig: () => string;
  readonly controlSocket: string;
  /** Unix sockets that the process makes; workerd does not replace those of a former process. */
  readonly ownSockets: readonly string[];
  /** Returns the sockets that the process inherits, all of which the configuration names. */
  readonly listSockets: () => readonly HeldSocket[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Called whenever the set of running processes may have changed. */
  readonly noteChange: () => void;
}

/**
 * glibc registers restartable sequences for itself, from 2.35 on. Without them, workerd's allocator keeps
 * caches for each thread in place of small ones for each CPU: 20 MB more after minutes of load.
 */
const ALLOCATOR = { GLIBC_TUNABLES: 'glibc.pthread.rseq=0' };

/** A workerd process that is started anew whenever it ends without being asked to. */
export interface WorkerdProcess {
  readonly name: string;
  readonly pid: number | null;
  /** Resolves when it answers. @throws UserError if it cannot run */
  start(): Promise<void>;
  /**
   * Starts another one with the configuration of now, and ends the old one. With `old-first`, connections
   * wait until the old one has ended, and requests that run get less time.
   */
  replace(how: 'new-first' | 'old-first'): Promise<void>;
  /** Lets it finish its requests, and ends it. */
  stop(): Promise<void>;
  /** Ends a process that does not answer any more; it is started anew. */
  restartIfStuck(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 10;
/** Longest time for requests that are running when a process is to end. */
const DRAIN_MS = 20_000;
/**
 * The same, if new connections wait meanwhile. Any client can have a request running for as long: it sends
 * the body slowly.
 */
const SHORT_DRAIN_MS = 5000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 10_000;
/** A process that ran this long is not failing at its start. */
const STABLE_MS = 30_000;
const MAX_FAILED_CHECKS = 3;
const FAILED_CONNECTION = /^workerd\/\S+ error: HTTP connection failed: (.+)$/;
/** workerd writes two lines about a request with the method CONNECT, and answers 500. */
const TUNNEL = /Handler does not export a connect\(\) function/;
const BEFORE_TUNNEL = /^Received a connect event but we lack a handler/;
/** Longest time for a process to say that it answers nothing from memory any more. */
const LEAVE_TIMEOUT_MS = 1000;
/** The first descriptor after standard input, output and error. */
const FIRST_INHERITED_FD = 3;

export function createWorkerdProcess(options: WorkerdOptions): WorkerdProcess {
  const { name, log, noteChange } = options;
  let child: ChildProcess | null = null;
  let isStopping = false;
  /** A process that cannot start the first time is not started anew: its launcher ends. */
  let hasBeenReady = false;
  let backoffMs = FIRST_BACKOFF_MS;
  let failedChecks = 0;
  /** Why a process could not start, if it is known. */
  let problem: string | null = null;

  const noteFailure = logFailedConnections(log);

  function takeLine(line: string): void {
    const failure = readFailure(line);
    if (failure !== null) {
      if (failure !== '') noteFailure(failure);
      return;
    }
    const known = describeProblem(line);
    if (known === null) log.copy(line);
    else if (hasBeenReady) log.write('error', known);
    else problem = known;
  }

  function launch(): ChildProcess {
    for (const path of options.ownSockets) rmSync(path, { force: true });
    writeFileSync(options.configPath, options.formatConfig(), { mode: 0o600 });
    const sockets = options.listSockets();
    const overrides = sockets.flatMap((socket, i) => [
      ...['--socket-fd', `${socket.name}=${FIRST_INHERITED_FD + i}`],
    ]);
    const started = spawn(
      options.program,
      ['serve', '--experimental', ...overrides, options.configPath],
      {
        env: { ...ALLOCATOR, ...options.environment },
        stdio: [
          'ignore',
          options.log.isFile ? 'pipe' : 'inherit',
          'pipe',
          ...sockets.map(({ fd }) => fd),
        ],
      },
    );
    // Unlike Date.now(), it does not jump when the clock is set.
    const startedMs = performance.now();
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8');
      readLines(stream, takeLine);
    }
    child = started;
    failedChecks = 0;
    noteChange();
    started.once('exit', (code, signal) => {
      noteChange();
      if (child !== started) return;
      child = null;
      if (isStopping || !hasBeenReady) return;
      if (performance.now() - startedMs > STABLE_MS) backoffMs = FIRST_BACKOFF_MS;
      startAgain(`The process ${name} ended (${signal ?? `exit code ${code}`}).`);
    });
    return started;
  }

  function startAgain(reason: string): void {
    log.write('error', reason, { startsAgainInMs: backoffMs });
    setTimeout(() => {
      if (isStopping || child !== null) return;
      try {
        launch();
      } catch (error) {
        // The disk may be full, which must not end the launcher.
        startAgain(`The process ${name} could not start: ${describeError(error)}`);
      }
    }, backoffMs);
    backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
  }

  /** @throws UserError if the process ends or says that it cannot open the record */
  async function waitUntilReady(started: ChildProcess): Promise<void> {
    const endsMs = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < endsMs) {
      if (hasEnded(started)) {
        // Its last lines may come after its end.
        if (started.stderr !== null) await finished(started.stderr);
        throw new UserError(
          problem ?? `The process ${name} could not start. The lines above say why.`,
        );
      }
      try {
        const { status, body } = await askProcess(options.controlSocket, '/control/state');
        if (status === 200) {
          hasBeenReady = true;
          return;
        }
        throw new UserError(describeRefusal(body.trim()));
      } catch (error) {
        if (error instanceof UserError) throw error;
        await sleep(POLL_INTERVAL_MS);
      }
    }
    throw new UserError(`The process ${name} did not answer within ${READY_TIMEOUT_MS / 1000} s.`);
  }

  async function end(old: ChildProcess, drainMs: number): Promise<void> {
    if (hasEnded(old)) return;
    const ended = once(old, 'exit');
    old.kill('SIGTERM');
    const timer = setTimeout(() => old.kill('SIGKILL'), drainMs);
    await ended;
    clearTimeout(timer);
  }

  /**
   * Tells a process that another one is about to take its control socket, and with it the purges.
   * Returns false if it does not answer.
   */
  async function leavePurges(): Promise<boolean> {
    const asked = { method: 'POST', timeoutMs: LEAVE_TIMEOUT_MS };
    return askProcess(options.controlSocket, '/control/forget', asked).then(
      ({ status }) => status === 204,
      () => false,
    );
  }

  return {
    name,
    get pid() {
      return child?.pid ?? null;
    },
    start: async () => waitUntilReady(launch()),
    async replace(how) {
      const asked = child;
      const leaves = how === 'new-first' && (await leavePurges());
      // It may have ended meanwhile, and another one may have been started.
      const old = child;
      const endsOldFirst = !leaves || old !== asked;
      if (endsOldFirst && old !== null) {
        child = null;
        await end(old, SHORT_DRAIN_MS);
      }
      let started: ChildProcess;
      try {
        started = launch();
      } catch (error) {
        if (child === null) startAgain(`The process ${name} could not start.`);
        throw error;
      }
      try {
        await waitUntilReady(started);
      } finally {
        // Also if the new one failed: it is started anew, and nothing would end the old one later.
        if (!endsOldFirst && old !== null) await end(old, DRAIN_MS);
      }
    },
    async stop() {
      isStopping = true;
      if (child !== null) await end(child, DRAIN_MS);
    },
    async restartIfStuck() {
      const checked = child;
      if (checked === null || isStopping) return;
      const answers = await askProcess(options.controlSocket, '/control/alive').then(
        ({ status }) => status === 204,
        () => false,
      );
      if (checked !== child) return;
      failedChecks = answers ? 0 : failedChecks + 1;
      if (failedChecks < MAX_FAILED_CHECKS) return;
      log.write('error', `The process ${name} does not answer. It is ended.`);
      checked.kill('SIGKILL');
    },
  };
}

/** workerd keeps the reason of a failure in the platform to itself: it is in its log lines. */
function describeRefusal(reason: string): string {
  if (/SQLITE_(?:CORRUPT|NOTADB)/.test(reason)) {
    return `The record cannot be opened (${reason}). It is damaged. Keep a copy of it, and restore a backup.`;
  }
  if (reason.includes('SQLITE_FULL')) {
    return 'The record cannot be written: the disk is full. Make space where the state directory is.';
  }
  return reason.startsWith('internal error')
    ? 'The record cannot be opened. The lines above say why. If the database is damaged, restore a backup.'
    : reason;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Why a client's connection failed, if the line tells of one: empty if another line says it. */
function readFailure(line: string): string | null {
  if (BEFORE_TUNNEL.test(line)) return '';
  if (TUNNEL.test(line)) return 'the client asked for a tunnel (CONNECT).';
  return FAILED_CONNECTION.exec(line)?.[1] ?? null;
}

/** What to do about lines of workerd that do not say it. */
const PROBLEMS: readonly (readonly [found: RegExp, problem: string])[] = [
  [
    /No CA certificates were loaded/,
    'This machine has no trusted CAs, without which Signet cannot connect to webhooks and resolvers. Install the package ca-certificates, and start again.',
  ],
  [
    /accept\(\): Too many open files/,
    'Clients hold so many connections that the process can open no more, and it ends. Limit the connections of each client in front of Signet, or let processes open more files.',
  ],
];

/** Null for other lines. */
function describeProblem(line: string): string | null {
  return PROBLEMS.find(([found]) => found.test(line))?.[1] ?? null;
}

/** A line may come in pieces. */
function readLines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (text: string) => {
    const end = text.lastIndexOf('\n');
    if (end < 0) {
      rest += text;
      return;
    }
    for (const line of (rest + text.slice(0, end)).split('\n')) take(line);
    rest = text.slice(end + 1);
  });
  stream?.on('end', () => {
    if (rest !== '') take(rest);
  });
}
