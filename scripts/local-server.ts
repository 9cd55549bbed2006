import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { locateState } from './local-state.ts';
import { PROJECT_DIR } from './project.ts';
import { UserError } from './user-error.ts';

/** Longer than `npm start` itself waits, so that its own message is the one shown. */
const READY_TIMEOUT_MS = 420_000;
const POLL_INTERVAL_MS = 200;
/** A log line passes through three processes, so it arrives after the answer. */
const LOG_TIMEOUT_MS = 10_000;

export interface LocalServer {
  readonly url: string;
  /** Returns the last error that the Worker has logged since it started; waits up to 10 s for it. */
  findLoggedCause(): Promise<string | null>;
  stop(): Promise<void>;
}

/**
 * Does what `npm start` does, on a free port and without output.
 * @param stateDirectory the value of SIGNET_STATE, if it is set
 */
export async function startLocalServer(stateDirectory: string | undefined): Promise<LocalServer> {
  const { log: logPath } = locateState(stateDirectory);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const logStart = existsSync(logPath) ? readLog(logPath, 0).length : 0;
  const child = spawn(process.execPath, [join(PROJECT_DIR, 'scripts', 'start.ts')], {
    env: { ...process.env, PORT: String(port), SIGNET_STATE: stateDirectory ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const server: LocalServer = {
    url,
    async findLoggedCause() {
      for (let waitedMs = 0; ; waitedMs += POLL_INTERVAL_MS) {
        const cause = findCause(readLog(logPath, logStart).toString('utf8'));
        if (cause !== null || waitedMs >= LOG_TIMEOUT_MS) return cause;
        await sleep(POLL_INTERVAL_MS);
      }
    },
    stop: () => endChild(child),
  };
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  // The script prints the address once /healthz has answered.
  while (!output.includes(url)) {
    const isLate = Date.now() > deadlineMs;
    if (child.exitCode !== null || isLate) {
      await server.stop();
      const reason = isLate
        ? `did not answer at ${url}/healthz within ${READY_TIMEOUT_MS / 60_000} minutes`
        : 'did not start';
      throw new UserError(`The local Signet ${reason}:\n${output}`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  return server;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function readLog(path: string, start: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - start));
    readSync(file, buffer, 0, buffer.length, start);
    return buffer;
  } finally {
    closeSync(file);
  }
}

/** Log lines are JSON. The first line of `error` is the cause; a stack may follow. */
function findCause(log: string): string | null {
  const line = log.split('\n').findLast((each) => each.includes('"error":"'));
  if (line === undefined) return null;
  const record: unknown = JSON.parse(line);
  const error: unknown =
    typeof record === 'object' && record !== null ? Reflect.get(record, 'error') : null;
  const [first] = String(error).split('\n');
  return first?.replace(/^(Signet)?Error: /, '') ?? null;
}
