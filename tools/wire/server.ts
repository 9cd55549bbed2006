import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 120_000;
const DATABASE = 'DB';

/** Makes local runs quick and keeps them from asking anything of the network. */
const LOCAL_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  WRANGLER_SEND_METRICS: 'false',
  CI: 'true',
};

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The checkout whose Worker runs. */
  readonly project: string;
  /** A new, empty directory for state, secrets and the log. */
  readonly directory: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** A migrated state that is copied, or null for a database without tables. */
  readonly state: string | null;
}

/** Applies the migrations of `project` to a new local state in `directory`. */
export function migrate(project: string, directory: string): void {
  const args = ['d1', 'migrations', 'apply', DATABASE, '--local', '--persist-to', directory];
  const { status, stdout, stderr } = spawnSync(process.execPath, [findWrangler(project), ...args], {
    cwd: project,
    env: makeEnv(project),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The migrations failed:\n${stdout}${stderr}`);
}

/** Starts `wrangler dev` on a free port and waits for its first response. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { project, directory, secrets, vars, state } = options;
  mkdirSync(directory, { recursive: true });
  const statePath = join(directory, 'state');
  if (state !== null) cpSync(state, statePath, { recursive: true });
  const secretsPath = join(directory, 'secrets');
  writeFileSync(secretsPath, formatSecrets(secrets));
  const port = await findFreePort();
  const wrangler = spawn(
    process.execPath,
    [
      ...[findWrangler(project), 'dev', '--ip', HOST, '--port', String(port)],
      ...['--inspector-port', '0', '--show-interactive-dev-session', 'false'],
      ...['--persist-to', statePath, '--env-file', secretsPath],
      ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    { cwd: project, env: makeEnv(project), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const logPath = join(directory, 'log');
  writeFileSync(logPath, '');
  for (const stream of [wrangler.stdout, wrangler.stderr]) {
    stream.on('data', (text: Buffer) => writeFileSync(logPath, text, { flag: 'a' }));
  }
  try {
    await waitUntilReady(port, wrangler);
  } catch (error) {
    await stop(wrangler);
    throw new Error(`wrangler dev did not start:\n${readFileSync(logPath, 'utf8')}`, {
      cause: error,
    });
  }
  return { port, stop: () => stop(wrangler) };
}

async function waitUntilReady(port: number, wrangler: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (wrangler.exitCode !== null) throw new Error('It ended by itself.');
    if (Date.now() > deadlineMs) throw new Error('It did not respond in time.');
    await sleep(200);
  }
}

/** Asks for an address without a route: nothing is made or stored by it. */
function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    get({ host: HOST, port, path: '/is-it-there', agent: false }, (response) => {
      response.resume();
      response.once('end', () => done(true));
    }).once('error', () => done(false));
  });
}

/** Ends wrangler and the workerd that it started: they share a process group. */
async function stop(wrangler: ChildProcess): Promise<void> {
  const { pid } = wrangler;
  if (pid === undefined || wrangler.exitCode !== null || wrangler.signalCode !== null) return;
  const ended = new Promise<void>((done) => wrangler.once('exit', () => done()));
  process.kill(-pid, 'SIGTERM');
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

function findWrangler(project: string): string {
  return join(project, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
}

/** The build that wrangler runs must find the tools of the recorded checkout first. */
function makeEnv(project: string): NodeJS.ProcessEnv {
  const path = `${join(project, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  return { ...Object.fromEntries(inherited), ...LOCAL_ENV, PATH: path };
}

function formatSecrets(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, HOST, done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  if (address === null || typeof address === 'string') throw new Error('The socket has no port.');
  return address.port;
}
