import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import {
  type AcmeAnswer,
  type AcmeDirectory,
  AcmeSession,
  type AcmeTransport,
  computeThumbprint,
  type ExternalAccountKey,
  readOrder,
} from '../acme/session.ts';
import { encodeRequest, LeanConnection } from './http-client.ts';
import type { LoadResult } from './load-thread.ts';

/** An ACME server and what is ordered there. */
export interface AcmeTarget {
  readonly directory: AcmeDirectory;
  readonly eabKey: ExternalAccountKey | null;
  readonly identifier: { readonly type: string; readonly value: string };
  /** base64url of DER. */
  readonly csr: string;
}

/** An order for the thread. */
export interface AcmeLoadOrder {
  readonly target: AcmeTarget;
  readonly connections: number;
  readonly orders: number;
}

/** The thread's first message: where it answers http-01. */
export interface ResponderAddress {
  readonly port: number;
}

interface Client {
  readonly session: AcmeSession;
  /** Of the account key. */
  readonly thumbprint: string;
}

const POLL_MS = 5;
const MAX_POLLS = 1000;
const CHALLENGE = 'http-01';

/** The key authorizations of the tokens that are being validated. */
const tokens = new Map<string, string>();
/** The account keys for each server and key for external account binding. */
const accountKeys = new Map<string, KeyObject[]>();

async function run({ target, connections, orders }: AcmeLoadOrder): Promise<LoadResult> {
  const { port, protocol } = new URL(target.directory.newOrder);
  const open: LeanConnection[] = [];
  try {
    const clients: Client[] = [];
    for (const key of keepKeys(target, connections)) {
      const connection = await LeanConnection.open(Number(port), protocol);
      open.push(connection);
      const session = new AcmeSession(target.directory, sendOn(connection), key);
      await session.register(target.eabKey ?? undefined);
      clients.push({ session, thumbprint: computeThumbprint(key) });
    }
    let left = orders;
    const startedAtMs = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        while (left > 0) {
          left--;
          await obtain(client, target);
        }
      }),
    );
    return { elapsedMs: performance.now() - startedAtMs };
  } finally {
    for (const connection of open) connection.close();
  }
}

/** Each connection has an account of its own: step-ca fails if one account orders at the same time. */
function keepKeys({ directory, eabKey }: AcmeTarget, count: number): KeyObject[] {
  const name = `${directory.newOrder} ${eabKey?.id}`;
  const keys =
    accountKeys.get(name) ??
    Array.from(
      { length: count },
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    );
  accountKeys.set(name, keys);
  return keys;
}

/** Everything that a client with an account does for a certificate, from newNonce on. */
async function obtain(client: Client, { identifier, csr }: AcmeTarget): Promise<void> {
  const { session } = client;
  await session.takeNonce();
  const order = await session.order([identifier]);
  if (order.status === 'pending') {
    for (const url of order.authorizations) await prove(client, url);
  }
  const finalized = await session.ask(order.finalize, { csr });
  const { certificate } = readOrder(await poll(session, order.url, finalized));
  if (certificate === undefined) throw new Error('The order has no certificate');
  const { text } = await session.ask(certificate, null);
  if (!text.includes('BEGIN CERTIFICATE')) throw new Error('There is no certificate');
}

async function prove({ session, thumbprint }: Client, url: string): Promise<void> {
  const pending = await session.ask(url, null);
  const { challenges }: { challenges: { type: string; url: string; token: string }[] } = JSON.parse(
    pending.text,
  );
  const challenge = challenges.find(({ type }) => type === CHALLENGE);
  if (challenge === undefined) throw new Error(`The authorization has no ${CHALLENGE}`);
  tokens.set(challenge.token, `${challenge.token}.${thumbprint}`);
  await session.ask(challenge.url, {});
  await poll(session, url, await session.ask(url, null));
  tokens.delete(challenge.token);
}

/** Asks again until the object is valid. */
async function poll(session: AcmeSession, url: string, first: AcmeAnswer): Promise<AcmeAnswer> {
  let answer = first;
  for (let polls = 0; polls < MAX_POLLS; polls++) {
    const { status }: { status: string } = JSON.parse(answer.text);
    if (status === 'valid') return answer;
    if (status === 'invalid') throw new Error(answer.text);
    await sleep(POLL_MS);
    answer = await session.ask(url, null);
  }
  throw new Error(`${url} does not become valid`);
}

/** RFC 8555 section 6.1 demands it. */
const USER_AGENT = { 'User-Agent': 'bench' };

function sendOn(connection: LeanConnection): AcmeTransport {
  return async (url, body) => {
    const { host, pathname: path } = new URL(url);
    const type = { 'Content-Type': 'application/jose+json' };
    const request =
      body === null
        ? { host, path, headers: USER_AGENT }
        : { method: 'POST', host, path, headers: { ...USER_AGENT, ...type }, body };
    const { status, head, body: bytes } = await connection.ask(encodeRequest(request));
    return {
      status,
      header(name) {
        const lines = head.split('\r\n').slice(1);
        const line = lines.find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`));
        return line === undefined ? null : line.slice(name.length + 1).trim();
      },
      text: bytes.toString(),
    };
  };
}

parentPort?.on('message', (order: AcmeLoadOrder) => {
  run(order).then(
    (result) => parentPort?.postMessage(result),
    (error: unknown) => parentPort?.postMessage({ failure: String(error) }),
  );
});

const responder = createServer((request, response) => {
  response.end(tokens.get(request.url?.split('/').at(-1) ?? ''));
});
responder.listen(0, '127.0.0.1');
await once(responder, 'listening');
const address = responder.address();
if (address === null || typeof address === 'string') throw new Error('The socket has no port');
const responderAddress: ResponderAddress = { port: address.port };
parentPort?.postMessage(responderAddress);
