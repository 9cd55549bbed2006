import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askProcess } from '../../../scripts/serve/control.ts';
import { locateFiles } from '../../../scripts/serve/state-files.ts';
import { controlSocket } from '../../../scripts/serve/workerd-config.ts';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { authorization, issue } from '../api-client.ts';
import { findProcess } from './list-processes.ts';

/** So many connections reach each of two processes, except once in 500,000 times. */
const CONNECTIONS = 20;
const PATH = '/crl/default.crl';

describe('signet serve, with a process that is stopped during a revocation', () => {
  let server: RunningServe;
  beforeAll(async () => {
    server = await startServe({ processes: 3 });
  });
  afterAll(() => server.stop());

  /** Downloads by a connection that stays open. */
  async function download(agent: Agent): Promise<string> {
    const asked = request(server.url + PATH, { agent }).end();
    const [response] = await once(asked, 'response');
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces).toString('hex');
  }

  /** Revokes through the process of the record, which is not stopped. */
  async function revoke(serial: string): Promise<number> {
    const socket = controlSocket(locateFiles(server.stateDirectory).run, 'record');
    const { status } = await askProcess(socket, `/api/v1/certificates/${serial}/revoke`, {
      method: 'POST',
      headers: { Authorization: authorization(server) },
      body: '{"reason":"superseded"}',
    });
    return status;
  }

  it('tells the revocation from the first answer on', async () => {
    const pem = await issue(server, await makeCsrPem({ subject: [commonName('a.test')] }));
    const serial = new X509Certificate(pem).serialNumber.toLowerCase();
    const agents = Array.from(
      { length: CONNECTIONS },
      () => new Agent({ keepAlive: true, maxSockets: 1 }),
    );
    for (const agent of agents) expect(await download(agent)).not.toContain(serial);
    const stopped = findProcess(server, 'front-1');
    process.kill(stopped, 'SIGSTOP');
    const lists: string[] = [];
    const waiting = agents.map(async (agent) => {
      lists.push(await download(agent));
    });
    await sleep(200);
    const answeredBefore = lists.length;
    expect(answeredBefore).toBeLessThan(CONNECTIONS);
    try {
      expect(await revoke(serial)).toBe(200);
    } finally {
      process.kill(stopped, 'SIGCONT');
    }
    await Promise.all(waiting);
    for (const list of lists.slice(answeredBefore)) expect(list).toContain(serial);
    for (const agent of agents) agent.destroy();
  });
});
