import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { authorization } from '../api-client.ts';
import { type DohServer, startDohServer } from '../doh-server.ts';

/** The system resolves it to this machine; the resolver of the CA says something else. */
const NAME = hostname();
const PUBLIC_ADDRESS = '93.184.216.34';

let doh: DohServer;
let server: RunningServe;
let connections = 0;
const internal = createServer((socket) => {
  connections++;
  socket.destroy();
});
let port: number;

async function call(path: string, body?: unknown) {
  const response = await fetch(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: authorization(server) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

beforeAll(async () => {
  port = await findFreePort();
  await new Promise<void>((resolve) => internal.listen(port, '127.0.0.1', resolve));
  doh = await startDohServer();
  server = await startServe({ vars: { DOH_URL: doh.url, ALLOW_HTTP_API: 'true' } });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await doh?.stop();
  internal.close();
});

/** Sends a test to https://NAME:port/ and returns what became of it. */
async function sendTest(): Promise<unknown> {
  const url = `https://${NAME}:${port}/`;
  const { id } = await call('/api/v1/webhooks', { name: 'rebound', url });
  await call(`/api/v1/webhooks/${id}/test`, {});
  const list = async () => (await call(`/api/v1/webhooks/${id}/deliveries`)).deliveries;
  await expect.poll(list, { timeout: 20_000 }).toHaveLength(1);
  return (await list())[0];
}

describe('a webhook whose name changes between the check and the connection', async () => {
  const { address } = await lookup(NAME, 4).catch(() => ({ address: '' }));
  const isHere = address.startsWith('127.');

  it.skipIf(!isHere)(`reaches no private address by it (${NAME} is ${address})`, async () => {
    doh.zone.set(NAME, { A: [PUBLIC_ADDRESS] });
    expect(await sendTest()).toMatchObject({
      state: 'retrying',
      status: null,
      error: expect.stringContaining(`Cannot send to ${NAME}:${port}`),
    });
    expect(doh.questions).toContain(`${NAME} A`);
    expect(connections).toBe(0);
  });

  it('sends nothing if the resolver says a private address', async () => {
    doh.zone.set(NAME, { A: ['127.0.0.1'] });
    expect(await sendTest()).toMatchObject({
      state: 'retrying',
      status: null,
      error: `This CA does not connect to ${NAME}: it has a special-purpose address (loopback).`,
    });
    expect(connections).toBe(0);
  });
});
