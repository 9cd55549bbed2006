import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { authorization, issue } from './api-client.ts';
import { type RunningServer, startServer } from './server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Sends an issuance request and closes the connection before the response. */
async function hangUp(csr: string): Promise<void> {
  const { port, hostname } = new URL(server.url);
  const socket = connect({ port: Number(port), host: hostname });
  await new Promise<void>((sent, failed) => {
    socket.once('error', failed);
    const head = `POST /api/v1/certificates HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${authorization(server)}\r\nContent-Length: ${csr.length}\r\n\r\n`;
    socket.write(head + csr, () => sent());
  });
  await new Promise((done) => setTimeout(done, Math.random() * 4));
  socket.destroy();
}

it('does not delay other clients when clients hang up', async () => {
  const csr = await makeCsrPem({ subject: [commonName('patient.test')] });
  await issue(server, csr);
  let answered = 0;
  let slowestMs = 0;
  for (let round = 0; round < 15; round++) {
    const patient = async () => {
      const startedAtMs = performance.now();
      expect(await issue(server, csr)).toContain('BEGIN CERTIFICATE');
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
      answered++;
    };
    const sent = Array.from({ length: 24 }, (_, i) => (i % 3 === 2 ? patient() : hangUp(csr)));
    await Promise.all(sent);
  }
  expect(answered).toBe(15 * 8);
  // A request whose commit did not run would wait 10 seconds.
  expect(slowestMs).toBeLessThan(9000);
  // Every certificate has its event, also those of clients that hung up.
  const [counts] = await server.query(
    `SELECT (SELECT COUNT(*) FROM certificates) AS certificates,
       (SELECT COUNT(*) FROM audit_events WHERE action = 'certificate.issue') AS events`,
  );
  expect(counts?.certificates).toBe(counts?.events);
  expect(Number(counts?.certificates)).toBeGreaterThan(answered);
}, 60_000);
