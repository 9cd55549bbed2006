import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../../../scripts/free-port.ts';
import { PROJECT_DIR } from '../../../../scripts/project.ts';
import { encodeRequest, type RawRequest } from '../../http-client.ts';
import { type Csr, type SigningServer, waitForAnswer } from '../server.ts';
import { makeDirectory, type ServerProcess, startProcess } from '../start-process.ts';

const STARTS_WITHIN_MS = 20_000;
const POLL_MS = 2;

export interface Signet extends SigningServer {
  /** From the start of the program, without any state, to the first certificate. */
  readonly firstCertificateMs: number;
}

/**
 * Starts the build in dist/ in an empty state directory.
 * @param first a CSR to sign before it counts as started
 */
export async function startSignet(processes: number, first: Csr): Promise<Signet> {
  const directory = makeDirectory('signet');
  const state = directory.path('state');
  mkdirSync(state, { mode: 0o700 });
  const [http, https] = [await findFreePort(), await findFreePort()];
  const settings = {
    HOST_NAMES: '127.0.0.1',
    HTTP_ADDRESS: `127.0.0.1:${http}`,
    HTTPS_ADDRESS: `127.0.0.1:${https}`,
    PROCESSES: String(processes),
    LOG_FILE: directory.path('signet.log'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(state, 'signet.env'), lines.join(''));
  const startedAtMs = performance.now();
  const program = join(PROJECT_DIR, 'dist', 'signet');
  const server = startProcess(directory, program, ['serve', '--state', state]);
  const user = await readLogin(join(state, 'root.curl'), server);
  const headers = { Authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  const encode = ({ pem }: Csr): RawRequest =>
    encodeRequest({ method: 'POST', path: '/api/v1/certificates', headers, body: pem });
  const common = {
    name: processes === 1 ? 'Signet' : `Signet, ${processes} processes`,
    port: http,
    protocol: 'http:',
    pid: server.pid,
    hasEnded: server.hasEnded,
    expectedStatus: 201,
    async stop() {
      await server.end();
      directory.remove();
    },
  } as const;
  try {
    await waitForAnswer(common, encode(first), common.expectedStatus, STARTS_WITHIN_MS);
  } catch (error) {
    await common.stop();
    throw error;
  }
  return {
    ...common,
    firstCertificateMs: performance.now() - startedAtMs,
    toRequests: (csrs) => csrs.map(encode),
    readCertificate: ({ body }) => body.toString(),
    async endAndCount() {
      await server.end();
      const [record] = globSync(join(state, 'record', 'record', '????????*.sqlite')).filter(
        (path) => !path.endsWith('metadata.sqlite'),
      );
      if (record === undefined) throw new Error('Signet has no record');
      return countRows(record);
    },
  };
}

/** Waits until Signet has written the root access key. */
async function readLogin(path: string, server: ServerProcess): Promise<string> {
  for (;;) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const user = /^user = "(.+)"\n/.exec(text)?.[1];
    if (user !== undefined) return user;
    if (server.hasEnded()) throw new Error(`Signet ended: ${server.readOutput()}`);
    await sleep(POLL_MS);
  }
}

function countRows(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const row = database.prepare('SELECT COUNT(*) AS stored FROM certificates').get();
    return Number(row?.stored);
  } finally {
    database.close();
  }
}
