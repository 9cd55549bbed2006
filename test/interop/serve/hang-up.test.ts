import { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { issue, revoke } from '../api-client.ts';
import { findProcess } from './list-processes.ts';

/** A read that waits for a cancelled request waits at least so long. */
const CANCELLED_WAIT_MS = 100;

describe('signet serve, with clients that reset their connections', () => {
  let server: RunningServe;
  beforeAll(async () => {
    server = await startServe({ processes: 2 });
  });
  afterAll(() => server.stop());

  async function send(path: string): Promise<Socket> {
    const { port, hostname } = new URL(server.url);
    const socket = connect({ port: Number(port), host: hostname });
    socket.on('error', () => {});
    await new Promise<void>((sent) => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`, () => sent());
    });
    return socket;
  }

  /** Sends requests whose connections are reset while they wait for the record: they are cancelled. */
  async function hangUp(paths: readonly string[]): Promise<void> {
    const record = findProcess(server, 'record');
    process.kill(record, 'SIGSTOP');
    try {
      const sockets = await Promise.all(paths.map(send));
      await sleep(50);
      for (const socket of sockets) socket.resetAndDestroy();
      await sleep(50);
    } finally {
      process.kill(record, 'SIGCONT');
    }
  }

  async function download(path: string, status = 200): Promise<Buffer> {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(status);
    return Buffer.from(await response.arrayBuffer());
  }

  let names = 0;
  /** The path of the certificate of an authority that only the record can say there is not. */
  const makeUnknown = () => `/ca/unknown-${names++}.pem`;

  it('does not delay the reads of other clients', async () => {
    await download(makeUnknown(), 404);
    await hangUp(Array.from({ length: 30 }, makeUnknown));
    const startedMs = performance.now();
    for (let i = 0; i < 20; i++) await download(makeUnknown(), 404);
    expect(performance.now() - startedMs).toBeLessThan(5 * CANCELLED_WAIT_MS);
  });

  it('does not delay the download of a list that a revocation has purged', async () => {
    const pem = await issue(server, await makeCsrPem({ subject: [commonName('a.test')] }));
    const serial = new X509Certificate(pem).serialNumber.toLowerCase();
    await download('/crl/default.crl');
    await revoke(server, serial);
    await hangUp(['/crl/default.crl']);
    const startedMs = performance.now();
    expect((await download('/crl/default.crl')).toString('hex')).toContain(serial);
    expect(performance.now() - startedMs).toBeLessThan(CANCELLED_WAIT_MS);
  });
});
