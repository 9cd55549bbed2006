import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../scripts/free-port.ts';
import type { AcmeDirectory } from '../acme/session.ts';
import { makeCaChain } from './ca-files.ts';
import { findProgram } from './find-program.ts';

/** An ACME server of another project. */
export interface OtherAcmeServer {
  readonly directory: AcmeDirectory;
  stop(): Promise<void>;
}

const STARTS_WITHIN_MS = 15_000;
const POLL_MS = 100;

/**
 * Starts step-ca with a P-256 key and its default database (Badger). It validates http-01 on
 * `httpPort`. Returns null if neither STEP_CA nor the PATH has it.
 */
export async function startStepCa(httpPort: number): Promise<OtherAcmeServer | null> {
  const program = findProgram('STEP_CA', 'step-ca', ['version']);
  if (program === null) return null;
  const port = await findFreePort();
  return start(
    (directory) => {
      const [root, crt] = makeCaChain(directory);
      const settings = {
        root: root.certificate,
        crt: crt.certificate,
        key: crt.key,
        address: `127.0.0.1:${port}`,
        dnsNames: ['127.0.0.1'],
        db: { type: 'badgerv2', dataSource: join(directory, 'db') },
        authority: { provisioners: [{ type: 'ACME', name: 'acme' }] },
      };
      const file = writeJson(directory, 'ca.json', settings);
      return [program, file, '--insecure', '--acme-http-port', String(httpPort)];
    },
    `https://127.0.0.1:${port}/acme/acme/directory`,
    {},
  );
}

/**
 * Starts Pebble, which keeps everything in memory, without the delays and failures that it adds to
 * test clients, and without validation. Returns null if neither PEBBLE nor the PATH has it.
 */
export async function startPebble(): Promise<OtherAcmeServer | null> {
  const program = findProgram('PEBBLE', 'pebble', ['-version']);
  if (program === null) return null;
  const port = await findFreePort();
  return start(
    (directory) => {
      const [root] = makeCaChain(directory);
      const settings = {
        listenAddress: `127.0.0.1:${port}`,
        certificate: root.certificate,
        privateKey: root.key,
        httpPort: port,
        tlsPort: port,
      };
      return [program, '-config', writeJson(directory, 'pebble.json', { pebble: settings })];
    },
    `https://127.0.0.1:${port}/dir`,
    {
      PEBBLE_VA_ALWAYS_VALID: '1',
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: '0',
      PEBBLE_AUTHZREUSE: '0',
    },
  );
}

async function start(
  prepare: (directory: string) => readonly string[],
  directoryUrl: string,
  variables: Readonly<Record<string, string>>,
): Promise<OtherAcmeServer> {
  const directory = mkdtempSync(join(tmpdir(), 'acme-server-'));
  const [program = '', ...args] = prepare(directory);
  const server = spawn(program, args, {
    stdio: 'ignore',
    env: { ...process.env, ...variables },
  });
  const ended = once(server, 'exit');
  const stop = async () => {
    if (server.exitCode === null) {
      server.kill();
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    return { directory: await waitForDirectory(directoryUrl, () => server.exitCode), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitForDirectory(url: string, exitCode: () => number | null) {
  const deadlineMs = performance.now() + STARTS_WITHIN_MS;
  while (performance.now() < deadlineMs && exitCode() === null) {
    const text = await download(url).catch(() => null);
    if (text !== null) {
      const directory: AcmeDirectory = JSON.parse(text);
      return directory;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${url} does not respond`);
}

/** Its certificate is not verified: the server is on loopback, and its root was made for it. */
function download(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'User-Agent': 'bench' };
    get(url, { rejectUnauthorized: false, agent: false, headers }, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`${url}: ${response.statusCode}`));
    }).on('error', reject);
  });
}

function writeJson(directory: string, name: string, value: object): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}
