import { createServer, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization } from './api-client.ts';
import { type Listener, listen } from './listen.ts';
import { type RunningServer, startServer } from './server.ts';

let server: RunningServer;
let receiver: Listener;
/** The number of the event of each request, by path. */
const received = new Map<string, number[]>();
const answers = new Map<string, (response: ServerResponse) => void>();

const answer = (status: number) => (response: ServerResponse) => response.writeHead(status).end();

async function call(path: string, body?: unknown, method = 'POST') {
  const response = await fetch(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : method,
    headers: { Authorization: authorization(server) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

async function create(path: string): Promise<string> {
  const url = `http://127.0.0.1:${receiver.port}${path}`;
  const filters = { types: ['inventory.renamed'] };
  return String((await call('/api/v1/webhooks', { name: path.slice(1), url, filters })).id);
}

/** Adds events to the record that no request has caused, numbered from 1. */
async function addEvents(count: number): Promise<void> {
  await server.query(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO audit_events (at_ms, account_id, actor, action, outcome, target, detail, request_id)
SELECT 0, 'root', 'root-key', 'inventory.rename', 'done', 'cert-gone', json_object('n', n), 'r'
FROM numbers`,
    count,
  );
}

/** Sends the beginning of an answer, one byte each second. */
function drip({ socket }: ServerResponse): void {
  const bytes = [...'HTTP/1.1 204 No Content\r\nX-Slow: yes, this one is very slow\r\n\r\n'];
  const timer = setInterval(() => socket?.write(bytes.shift() ?? ''), 1000);
  socket?.on('close', () => clearInterval(timer));
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

beforeAll(async () => {
  receiver = await listen(
    createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const path = request.url ?? '';
      const { n } = JSON.parse(Buffer.concat(parts).toString()).data.details;
      received.set(path, [...(received.get(path) ?? []), n]);
      (answers.get(path) ?? answer(204))(response);
    }),
  );
  server = await startServer({
    vars: { ALLOW_PRIVATE_ADDRESSES: 'true', WEBHOOK_ATTEMPTS: '250' },
  });
});
afterAll(async () => {
  await Promise.all([server.stop(), receiver.stop()]);
});

const count = (path: string) => received.get(path)?.length ?? 0;

/** Runs the jobs, and waits until webhooks were delivered and nothing is being delivered any more. */
async function runDeliveries(path: string): Promise<void> {
  const before = count(path);
  await server.runScheduled();
  await expect
    .poll(
      async () => {
        const leased = await server.query('SELECT id FROM webhooks WHERE lease IS NOT NULL');
        return leased.length === 0 && count(path) > before;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
}

describe('a backlog of 1000 events', () => {
  it('is delivered in order by four runs once the receiver is up', async () => {
    answers.set('/backlog', answer(503));
    const id = await create('/backlog');
    await addEvents(1000);
    await runDeliveries('/backlog');
    expect(received.get('/backlog')).toEqual([1, 2]);
    answers.set('/backlog', answer(204));
    await server.query('UPDATE webhooks SET due_at_ms = 0 WHERE id = ?1', id);
    const perRun: number[] = [];
    while (count('/backlog') < 1000 && perRun.length < 4) {
      const before = count('/backlog');
      await runDeliveries('/backlog');
      perRun.push(count('/backlog') - before);
    }
    expect(received.get('/backlog')).toEqual(numbers(1000));
    expect(perRun).toEqual([250, 250, 250, 248]);
  }, 120_000);
});

describe('a receiver that is too slow', () => {
  it.each([
    ['never answers', '/silent', () => {}],
    ['answers one byte a second', '/drip', drip],
  ])(
    '%s: the attempt ends, is tried again, and others do not wait for it',
    async (_, path, slow) => {
      const arrived = Promise.withResolvers<void>();
      let isWaiting = false;
      answers.set(path, (response) => {
        isWaiting = true;
        arrived.resolve();
        response.on('close', () => {
          isWaiting = false;
        });
        slow(response);
      });
      const id = await create(path);
      const other = `${path}-other`;
      let wasWaiting = false;
      answers.set(other, (response) => {
        arrived.promise.then(() => {
          wasWaiting = isWaiting;
          answer(204)(response);
        });
      });
      await create(other);
      await addEvents(1);
      await server.runScheduled();
      await expect.poll(() => wasWaiting, { timeout: 30_000 }).toBe(true);
      await expect.poll(() => isWaiting, { timeout: 30_000 }).toBe(false);
      await expect
        .poll(async () => (await call(`/api/v1/webhooks/${id}/deliveries`)).deliveries, {
          timeout: 10_000,
        })
        .toMatchObject([
          { state: 'retrying', status: null, error: 'The server did not answer in time.' },
        ]);
      await server.query('UPDATE webhook_deliveries SET next_at_ms = 0 WHERE webhook_id = ?1', id);
      await server.query('UPDATE webhooks SET retry_at_ms = 0, due_at_ms = 0 WHERE id = ?1', id);
      answers.set(path, answer(204));
      await runDeliveries(path);
      expect(received.get(path)).toEqual([1, 1]);
    },
    60_000,
  );
});
