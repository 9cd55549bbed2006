import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { findFreePort } from '../../scripts/free-port.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { askProcess } from '../../scripts/serve/control.ts';
import { findRecordFile } from '../../scripts/serve/record-file.ts';
import { locateFiles } from '../../scripts/serve/state-files.ts';
import { controlSocket } from '../../scripts/serve/workerd-config.ts';
import type { RunningServer, ServerOptions } from '../worker/serve-bundle.ts';
import { makeServerSecrets } from '../worker/server-secrets.ts';

const MAX_TRIES = 3;

export interface ServeOptions extends ServerOptions {
  /** Path of the program; the default is that of dist/. */
  readonly program?: string;
  /** The default is 1. */
  readonly processes?: number;
  /** Further options of the command. */
  readonly options?: readonly string[];
  /** PEM files. Without them the server issues a certificate to itself. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A `signet serve` that runs. `url` is its plain HTTP address. */
export interface RunningServe extends RunningServer {
  readonly httpsUrl: string;
  readonly stateDirectory: string;
  readonly launcher: ChildProcess;
}

/**
 * Starts the `signet serve` of dist/, which `npm run build` makes, on free ports of 127.0.0.1.
 * @throws Error with its output if it does not start
 */
export async function startServe(options: ServeOptions = {}): Promise<RunningServe> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Another program took a port in the meantime.
      if (tries === MAX_TRIES || !String(error).includes('EADDRINUSE')) throw error;
    }
  }
}

async function startOnce(options: ServeOptions): Promise<RunningServe> {
  const isOwnState = options.stateDirectory === undefined;
  const stateDirectory = options.stateDirectory ?? mkdtempSync(join(tmpdir(), 'signet-serve-'));
  const [http, https] = [await findFreePort(), await findFreePort()];
  const url = `http://127.0.0.1:${http}`;
  const secrets = makeServerSecrets(options.secrets);
  const logs: string[] = [];
  const takeLog = options.takeLog ?? ((line: string) => logs.push(line));
  const launcher = spawn(
    options.program ?? join(PROJECT_DIR, 'dist', 'signet'),
    ['serve', '--state', stateDirectory, ...(options.options ?? [])],
    {
      env: {
        PATH: process.env.PATH,
        HOST_NAMES: 'localhost,127.0.0.1',
        HTTP_ADDRESS: `127.0.0.1:${http}`,
        HTTPS_ADDRESS: `127.0.0.1:${https}`,
        PROCESSES: String(options.processes ?? 1),
        PUBLICATION_URL: url,
        PUBLIC_URL: url,
        ...(options.tls && {
          TLS_CERT_FILE: options.tls.certificate,
          TLS_KEY_FILE: options.tls.key,
        }),
        ...options.vars,
        ...secrets,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output: string[] = [];
  const isReady = new Promise<boolean>((resolve) => {
    for (const stream of [launcher.stdout, launcher.stderr]) {
      createInterface(stream).on('line', (line) => {
        output.push(line);
        takeLog(line);
        if (line.includes('"message":"ready"')) resolve(true);
      });
    }
    launcher.once('close', () => resolve(false));
  });
  if (!(await isReady)) {
    if (isOwnState) rmSync(stateDirectory, { recursive: true, force: true });
    throw new Error(`signet serve did not start:\n${output.join('\n')}`);
  }
  const files = locateFiles(stateDirectory);
  return {
    url,
    httpsUrl: `https://127.0.0.1:${https}`,
    stateDirectory,
    launcher,
    secrets,
    logs,
    async runScheduled() {
      const path = '/control/jobs';
      const asked = { method: 'POST', timeoutMs: 120_000 };
      const { status } = await askProcess(controlSocket(files.run, 'record'), path, asked);
      if (status !== 204) throw new Error(`The jobs answered ${status}.`);
    },
    async query(sql, ...parameters) {
      const database = new DatabaseSync(findRecordFile(files.record) ?? '', { timeout: 5000 });
      try {
        const rows = database.prepare(sql).all(...parameters.map(toInput));
        return rows.map((row) => ({ ...row }));
      } finally {
        database.close();
      }
    },
    async stop() {
      if (launcher.exitCode === null && launcher.signalCode === null) {
        launcher.kill('SIGTERM');
        await once(launcher, 'close');
      }
      if (isOwnState) rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

function toInput(value: unknown): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  throw new TypeError(`A query binds text, numbers and null, not ${typeof value}.`);
}
