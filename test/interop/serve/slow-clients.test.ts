import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { listProcesses } from './list-processes.ts';

const CONNECTIONS = 20;
const CHUNKS = 16_000;
const HEAD = `POST /api/v1/sessions HTTP/1.1\r
Host: 127.0.0.1\r
Content-Type: application/json\r
Transfer-Encoding: chunked\r
\r
`;

describe('clients that send slowly', () => {
  let server: RunningServe;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.stop();
  });

  async function open(): Promise<Socket> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }

  function readMebibytes(): number {
    const status = readFileSync(`/proc/${listProcesses(server).get('record')}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  it('take little memory, however short the chunks of their bodies are', async () => {
    server = await startServe();
    const before = readMebibytes();
    for (let i = 0; i < CONNECTIONS; i++) {
      const socket = await open();
      socket.write(HEAD);
      await new Promise((resolve) => socket.write('1\r\n \r\n'.repeat(CHUNKS), resolve));
    }
    // Answered after the bytes that came before.
    for (const socket of sockets) {
      const answered = new Promise((resolve) => socket.once('data', resolve));
      socket.write('0\r\n\r\n');
      expect(String(await answered)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(readMebibytes() - before).toBeLessThan(150);
  });
});
