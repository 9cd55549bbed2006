import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startServer } from './server.ts';

const ENTRIES = 300_000;
const PATH = '/crl/default.crl';

let server: RunningServer;
let length = 0;
beforeAll(async () => {
  server = await startServer({ vars: { EDGE_TTL_SECONDS: '0' } });
  await (await fetch(`${server.url}/ca/default.crt`)).arrayBuffer();
  await server.query(
    `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s)
WITH RECURSIVE line(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM line WHERE i + 1 < ?1)
SELECT 'default', printf('5%031x', i), i + 1, unixepoch() - i, 0, unixepoch() + 31536000 FROM line`,
    ENTRIES,
  );
  await server.query('UPDATE authorities SET revocation_revision = ?1', ENTRIES);
  length = (await download()).length;
  expect(length).toBeGreaterThan(ENTRIES * 35);
});
afterAll(() => server?.stop());

async function download(): Promise<Uint8Array> {
  const response = await fetch(server.url + PATH);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

/** Requests the CRL without reading the response. */
async function ask(): Promise<Socket> {
  const { port, hostname } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname });
  socket.pause();
  await new Promise<void>((done, failed) => {
    socket.once('error', failed);
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`, () =>
      done(),
    );
  });
  await sleep(300);
  return socket;
}

async function readToEnd(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const ended = new Promise<void>((done) => {
    socket.on('close', () => done());
    socket.on('error', () => done());
  });
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.resume();
  await ended;
  return Buffer.concat(pieces);
}

function bodyLength(answer: Buffer): number {
  return answer.length - answer.indexOf('\r\n\r\n') - 4;
}

it('serves a long CRL to a slow client, while other clients hang up', async () => {
  const patient = await ask();
  for (let i = 0; i < 8; i++) (await ask()).destroy();
  expect(bodyLength(await readToEnd(patient))).toBe(length);
  expect((await download()).length).toBe(length);
  expect(server.logs.filter((line) => /"level":"error"/.test(line))).toEqual([]);
});

it('aborts a response whose chunk is deleted, and serves the whole CRL afterwards', async () => {
  const reader = await ask();
  await server.query('DELETE FROM crl_chunks');
  const answer = await readToEnd(reader);
  expect(answer.subarray(0, 15).toString()).toBe('HTTP/1.1 200 OK');
  expect(answer.toString('latin1', 0, 2000)).toContain(`Content-Length: ${length}`);
  expect(bodyLength(answer)).toBeLessThan(length);
  // The CRL is signed anew, and ECDSA signatures vary in length by a byte or two.
  expect(Math.abs((await download()).length - length)).toBeLessThan(10);
});
