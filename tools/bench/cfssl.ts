import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../scripts/free-port.ts';
import { findProgram } from './find-program.ts';
import { encodeRequest } from './http-client.ts';
import type { Target } from './load.ts';

/** A cfssl server that signs with a P-256 key and stores its certificates in SQLite. */
export interface Cfssl {
  readonly port: number;
  readonly pid: number;
  /** @param csrPem the CSR that each call signs */
  toTarget(csrPem: string): Target;
  countStored(): number;
  stop(): Promise<void>;
}

/** The schema that cfssl expects in its database. Before 1.6 it leaves the last five columns empty. */
const TABLES = `
CREATE TABLE certificates (
  serial_number BLOB NOT NULL, authority_key_identifier BLOB NOT NULL, ca_label BLOB,
  status BLOB NOT NULL, reason INT, expiry TIMESTAMP, revoked_at TIMESTAMP, pem BLOB NOT NULL,
  issued_at TIMESTAMP, not_before TIMESTAMP, metadata JSON, sans JSON, common_name TEXT,
  PRIMARY KEY (serial_number, authority_key_identifier));
CREATE TABLE ocsp_responses (
  serial_number BLOB NOT NULL, authority_key_identifier BLOB NOT NULL, body BLOB NOT NULL,
  expiry TIMESTAMP, PRIMARY KEY (serial_number, authority_key_identifier),
  FOREIGN KEY (serial_number, authority_key_identifier)
    REFERENCES certificates (serial_number, authority_key_identifier));`;

const CA_REQUEST = { CN: 'Bench Root CA', key: { algo: 'ecdsa', size: 256 } };
const SIGNING = {
  signing: {
    default: {
      usages: ['digital signature', 'server auth', 'client auth'],
      expiry: '8760h',
      crl_url: 'http://127.0.0.1/crl/default.crl',
      ocsp_url: 'http://127.0.0.1/ocsp/default',
      issuer_urls: ['http://127.0.0.1/ca/default.crt'],
    },
  },
};

const STARTS_WITHIN_MS = 5000;

export interface CfsslDatabase {
  /** SQLite's default, or the one of D1. */
  readonly journal: 'DELETE' | 'WAL';
  /** How long a commit waits for the disk: FULL is SQLite's default, and OFF does not wait. */
  readonly synchronous: 'FULL' | 'OFF';
}

/** Starts `cfssl serve` on a free port of 127.0.0.1. Returns null if neither CFSSL nor the PATH has it. */
export async function startCfssl({ journal, synchronous }: CfsslDatabase): Promise<Cfssl | null> {
  const program = findProgram('CFSSL', 'cfssl', ['version']);
  if (program === null) return null;
  const directory = mkdtempSync(join(tmpdir(), 'cfssl-'));
  const write = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const databasePath = join(directory, 'certificates.db');
  const database = new DatabaseSync(databasePath);
  database.exec(`PRAGMA journal_mode = ${journal}`);
  database.exec(TABLES);
  const made: { readonly cert: string; readonly key: string } = JSON.parse(
    execFileSync(program, ['gencert', '-initca', write('ca.json', JSON.stringify(CA_REQUEST))], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const port = await findFreePort();
  const [caFile, keyFile] = [write('ca.pem', made.cert), write('ca-key.pem', made.key)];
  const settings = {
    address: '127.0.0.1',
    port: String(port),
    ca: caFile,
    'ca-key': keyFile,
    responder: caFile,
    'responder-key': keyFile,
    config: write('config.json', JSON.stringify(SIGNING)),
    'db-config': write(
      'database.json',
      JSON.stringify({
        driver: 'sqlite3',
        data_source: `file:${databasePath}?_synchronous=${synchronous}`,
      }),
    ),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => [`-${name}`, value]);
  const server = spawn(program, ['serve', '-loglevel', '5', ...options], { stdio: 'ignore' });
  const ended = once(server, 'exit');
  const stop = async () => {
    database.close();
    if (server.exitCode === null) {
      server.kill();
      await ended;
    }
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await waitForPort(port);
  } catch (error) {
    await stop();
    throw error;
  }
  const { pid } = server;
  if (pid === undefined) throw new Error('cfssl does not start');
  return {
    port,
    pid,
    toTarget: (csrPem) => ({
      port,
      expectedStatus: 200,
      request: encodeRequest({
        method: 'POST',
        path: '/api/v1/cfssl/sign',
        body: JSON.stringify({ certificate_request: csrPem }),
      }),
    }),
    countStored() {
      const row = database.prepare('SELECT COUNT(*) AS stored FROM certificates').get();
      return Number(row?.stored);
    },
    stop,
  };
}

async function waitForPort(port: number): Promise<void> {
  const deadlineMs = performance.now() + STARTS_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const socket = connect({ port, host: '127.0.0.1' });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error('cfssl does not respond');
}
