import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DevVars, ensureDevVars, writeCurlConfig } from './dev-vars.ts';
import { locateState, showPath } from './local-state.ts';
import { endProcessTree } from './process-tree.ts';
import { DATABASE_BINDING } from './project.ts';
import { runWranglerQuietly, startWrangler, type WranglerProcess } from './wrangler.ts';
import { createOutputReader, shortenRecord } from './wrangler-output.ts';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 8787;
const READY_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 100;
const PARENT_INTERVAL_MS = 500;

/** A failed start that the user can correct; only its message is shown. */
class StartError extends Error {}

function readPort(text: string | undefined): number {
  const port = text ? Number(text) : DEFAULT_PORT;
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new StartError(`PORT is "${text}"; it must be a number from 1 to 65535.`);
}

async function assertPortIsFree(port: number): Promise<void> {
  const server = createServer();
  const problem = await new Promise<NodeJS.ErrnoException | null>((done) => {
    server.once('error', done);
    server.listen(port, HOST, () => server.close(() => done(null)));
  });
  if (problem === null) return;
  const reason =
    problem.code === 'EADDRINUSE'
      ? 'is in use by another program'
      : `cannot be used (${problem.message})`;
  const other = port === DEFAULT_PORT ? DEFAULT_PORT + 1 : DEFAULT_PORT;
  throw new StartError(
    `Port ${port} ${reason}. End that program, or choose another port:\n\n  PORT=${other} npm start\n`,
  );
}

/** Returns wrangler options for the variables that depend on the port, unless .dev.vars sets them. */
function listVariables(origin: string, values: DevVars['values']): string[] {
  return ['PUBLICATION_URL', 'PUBLIC_URL']
    .filter((name) => values[name] === undefined)
    .flatMap((name) => ['--var', `${name}:${origin}`]);
}

function showOutput(stream: Readable, target: NodeJS.WritableStream, logPath: string): void {
  const readLine = createOutputReader();
  createInterface({ input: stream }).on('line', (line) => {
    const part = readLine(line);
    if (part === null) return;
    if (part.kind === 'text') {
      target.write(`${part.text}\n`);
      return;
    }
    appendFileSync(logPath, `${JSON.stringify(part.record)}\n`, { mode: 0o600 });
    target.write(`${shortenRecord(part.record, new Date())}\n`);
  });
}

/** Waits for an HTTP answer. Returns null if wrangler ends first. */
async function waitUntilReady(origin: string, wrangler: WranglerProcess): Promise<Response | null> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  while (wrangler.exitCode === null && wrangler.signalCode === null) {
    try {
      return await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    } catch {
      if (Date.now() > deadlineMs) throw new StartError(`No answer at ${origin} within a minute.`);
      await sleep(POLL_INTERVAL_MS);
    }
  }
  return null;
}

function describeAddresses(origin: string): string {
  return `
Signet is at     ${origin}
Root certificate ${origin}/ca/default.pem
Its API          ${origin}/api/docs/

To stop it, press Ctrl-C.
`;
}

/** Returns commands to paste that make a key, get a certificate for it and verify the certificate. */
function describeFirstSteps(origin: string, curlConfig: string): string {
  return `
For a first certificate, in another terminal, in this directory:

  mkdir -p certs
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \\
    -keyout certs/localhost.key -out certs/localhost.csr
  curl -fsS ${origin}/ca/default.pem -o certs/root.pem
  curl -fsS -K ${quoteForShell(curlConfig)} --data-binary @certs/localhost.csr \\
    ${origin}/api/v1/certificates -o certs/localhost.pem
  openssl verify -CAfile certs/root.pem certs/localhost.pem

`;
}

function quoteForShell(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

async function start(): Promise<number> {
  const port = readPort(process.env.PORT);
  const origin = `http://${HOST}:${port}`;
  const state = locateState(process.env.SIGNET_STATE);
  await assertPortIsFree(port);

  mkdirSync(state.base, { recursive: true });
  const hadStorage = existsSync(state.storage);
  const devVars = ensureDevVars(state.devVars);
  reportDevVars(devVars, showPath(state.devVars), hadStorage ? showPath(state.storage) : null);
  const hasCurlConfig = writeCurlConfig(state.curlConfig, devVars.values);
  runWranglerQuietly([
    ...['d1', 'migrations', 'apply', DATABASE_BINDING],
    ...['--local', '--persist-to', state.storage],
  ]);

  const wrangler = startWrangler([
    ...['dev', '--ip', HOST, '--port', String(port), '--inspector-port', '0'],
    ...['--persist-to', state.storage, '--env-file', state.devVars],
    ...['--show-interactive-dev-session', 'false'],
    ...listVariables(origin, devVars.values),
  ]);
  const wasAsked = endOnSignal(wrangler);
  const ended = new Promise<number>((done) => {
    wrangler.once('close', (code) => done(code ?? 1));
  });
  showOutput(wrangler.stdout, process.stdout, state.log);
  showOutput(wrangler.stderr, process.stderr, state.log);

  try {
    const health = await waitUntilReady(origin, wrangler);
    if (health !== null && !wasAsked()) {
      process.stdout.write(describeAddresses(origin));
      if (!health.ok) console.error(`\n/healthz answers ${health.status}: ${await health.text()}`);
      else if (hasCurlConfig)
        process.stdout.write(describeFirstSteps(origin, showPath(state.curlConfig)));
    }
  } catch (error) {
    await endProcessTree(wrangler);
    throw error;
  }
  const code = await ended;
  if (wasAsked()) return 0;
  console.error(`wrangler dev ended unexpectedly (exit code ${code}).`);
  return code === 0 ? 1 : code;
}

function reportDevVars(devVars: DevVars, file: string, oldStorage: string | null): void {
  if (devVars.created) console.log(`Made new secrets: ${file} (only you can read it; keep it).`);
  if (devVars.created && oldStorage !== null) {
    console.log(
      `${oldStorage} has the records of a CA whose key was in an earlier ${file}. Restore that file, or remove ${oldStorage} to start a new CA.`,
    );
  }
  if (devVars.missing.length > 0) {
    console.log(
      `${file} has no ${devVars.missing.join(', ')}. Features that need it will not work. Add it by hand: npm start never changes this file.`,
    );
  }
}

/** Ends wrangler on the first signal. Returns a function that says if a signal has come. */
function endOnSignal(wrangler: WranglerProcess): () => boolean {
  let asked = false;
  const end = () => {
    if (asked) return;
    asked = true;
    void endProcessTree(wrangler);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  if (process.env.npm_lifecycle_event !== undefined) callWhenOrphaned(end);
  return () => asked;
}

/** npm signals only its shell, which ends without passing the signal on to this process. */
function callWhenOrphaned(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, PARENT_INTERVAL_MS);
  timer.unref();
}

try {
  process.exitCode = await start();
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exitCode = 1;
}
