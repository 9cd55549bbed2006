import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAlpnCertificate } from './alpn-certificate.ts';
import { authorization } from './api-client.ts';
import { type Listener, listen } from './listen.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

interface Event {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Delivery {
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly status: number | null;
  readonly error: string | null;
}

const openssl = requireTool('openssl', ['version']);
const work = makeWorkDirectory();
let server: RunningServer;
let receiver: Listener;
let untrusted: Listener;
/** The verified events, by path. */
const received = new Map<string, (Event & { readonly id: string })[]>();
const secrets = new Map<string, string>();
let status = 204;
let sentBytes = 0;
let isClosed = false;

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const secret = secrets.get(path) ?? '';
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const event: unknown = new Webhook(secret).verify(Buffer.concat(parts).toString(), headers);
  const { type, data } = readEvent(event);
  const id = headers['webhook-id'] ?? '';
  received.set(path, [...(received.get(path) ?? []), { type, data, id }]);
  if (path === '/redirect') {
    response.writeHead(307, { Location: '/ok' }).end();
  } else if (path === '/huge') {
    const closed = new Promise<void>((resolve) => {
      response.on('close', () => {
        isClosed = true;
        resolve();
      });
    });
    response.writeHead(200, { 'Content-Length': String(2 ** 30) });
    const piece = Buffer.alloc(65_536);
    while (!isClosed && sentBytes < 2 ** 30) {
      sentBytes += piece.length;
      if (!response.write(piece)) {
        await Promise.race([closed, new Promise((resolve) => response.once('drain', resolve))]);
      }
    }
  } else {
    response.writeHead(status).end();
  }
}

function readEvent(value: unknown): Event {
  const event: Event = JSON.parse(JSON.stringify(value));
  return event;
}

async function call(path: string, body?: unknown, method?: string) {
  const response = await fetch(`${server.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { Authorization: authorization(server) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

async function create(path: string, url = `http://127.0.0.1:${receiver.port}${path}`) {
  const made = await call('/api/v1/webhooks', { name: path, url });
  secrets.set(path, made.secret);
  return String(made.id);
}

/** The first run of the jobs makes the default authority, which is an event too. */
function listTests(path: string) {
  return received.get(path)?.filter(({ type }) => type === 'webhook.test');
}

async function findDelivery(id: string): Promise<Delivery | undefined> {
  const { deliveries } = await call(`/api/v1/webhooks/${id}/deliveries`);
  return deliveries[0];
}

beforeAll(async () => {
  receiver = await listen(
    createServer((request, response) => {
      receive(request, response).catch(() => response.writeHead(400).end());
    }),
  );
  untrusted = await listen(
    createHttpsServer(
      makeAlpnCertificate(work, { names: 'IP:127.0.0.1', digest: null }),
      (_, response) => response.end(),
    ),
  );
  server = await startServer({ vars: { ALLOW_PRIVATE_ADDRESSES: 'true' } });
});
afterAll(async () => {
  await Promise.all([server.stop(), receiver.stop(), untrusted.stop()]);
  work.remove();
});

describe.skipIf(openssl.missing)(
  openssl.title('webhooks with the library standardwebhooks'),
  () => {
    it('are delivered soon after the request, and verify', async () => {
      const id = await create('/ok');
      const { eventId } = await call(`/api/v1/webhooks/${id}/test`, {});
      await expect
        .poll(() => received.get('/ok'), { timeout: 10_000 })
        .toMatchObject([{ type: 'webhook.test', id: eventId, data: { id, account: 'root' } }]);
      await expect
        .poll(() => findDelivery(id), { timeout: 10_000 })
        .toMatchObject({
          state: 'delivered',
          attempts: 1,
          status: 204,
        });
    });

    it('verify with the former and with the new secret after a rotation', async () => {
      const id = await create('/rotated');
      const former = secrets.get('/rotated') ?? '';
      const { secret } = await call(`/api/v1/webhooks/${id}/rotate-secret`, {});
      expect(secret).not.toBe(former);
      for (const [index, each] of [former, String(secret)].entries()) {
        secrets.set('/rotated', each);
        await call(`/api/v1/webhooks/${id}/test`, {});
        await server.runScheduled();
        await expect.poll(() => listTests('/rotated'), { timeout: 10_000 }).toHaveLength(index + 1);
      }
    });

    it('are sent again while the receiver fails, with the same id', async () => {
      const id = await create('/flaky');
      status = 503;
      const { eventId } = await call(`/api/v1/webhooks/${id}/test`, {});
      await expect
        .poll(() => findDelivery(id), { timeout: 10_000 })
        .toMatchObject({
          state: 'retrying',
          status: 503,
        });
      status = 204;
      await call(`/api/v1/webhooks/${id}/deliveries/${eventId}/replay`, {});
      await server.runScheduled();
      await expect
        .poll(() => findDelivery(id), { timeout: 10_000 })
        .toMatchObject({
          state: 'delivered',
        });
      expect(received.get('/flaky')?.map((event) => event.id)).toEqual([eventId, eventId]);
    });

    it('do not follow redirects', async () => {
      const before = received.get('/ok')?.length;
      const id = await create('/redirect');
      await call(`/api/v1/webhooks/${id}/test`, {});
      await expect
        .poll(() => findDelivery(id), { timeout: 10_000 })
        .toMatchObject({
          state: 'retrying',
          error: 'The receiver answered 307. Redirects are not followed.',
        });
      expect(received.get('/ok')?.length).toBe(before);
    });

    it('do not read an answer of 1 GiB', async () => {
      const id = await create('/huge');
      await call(`/api/v1/webhooks/${id}/test`, {});
      await expect
        .poll(() => findDelivery(id), { timeout: 10_000 })
        .toMatchObject({
          state: 'delivered',
        });
      await expect.poll(() => isClosed, { timeout: 10_000 }).toBe(true);
      expect(sentBytes).toBeLessThan(64 * 2 ** 20);
    });

    it('are not sent to a server whose certificate does not verify', async () => {
      const id = await create('/tls', `https://127.0.0.1:${untrusted.port}/`);
      await call(`/api/v1/webhooks/${id}/test`, {});
      await expect
        .poll(() => findDelivery(id), { timeout: 10_000 })
        .toMatchObject({
          state: 'retrying',
          status: null,
          error: expect.stringContaining('its certificate does not verify'),
        });
    });
  },
);
