import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { authorization, download, issue, revoke } from '../api-client.ts';
import { makeKeyAndCsr } from '../openssl.ts';
import { requireTool } from '../tools.ts';
import { makeWorkDirectory, type WorkDirectory } from '../work-directory.ts';

const openssl = requireTool('openssl', ['version']);

/** So many connections reach each of two processes, except once in 16,000 times. */
const CONNECTIONS = 15;

describe.skipIf(openssl.missing)(openssl.title('signet serve with several processes'), () => {
  let server: RunningServe;
  let work: WorkDirectory;
  const at = (name: string) => join(work.path, name);
  beforeAll(async () => {
    server = await startServe({ processes: 3 });
    work = makeWorkDirectory();
    writeFileSync(at('ca.pem'), await download(server, '/ca/default.pem'));
  });
  afterAll(async () => {
    work.remove();
    await server.stop();
  });

  /** The statuses that `openssl ocsp` is told, each time by a connection of its own, with a nonce. */
  function askAll(): Set<string> {
    const told = Array.from({ length: CONNECTIONS }, () =>
      execFileSync(
        'openssl',
        [
          ...['ocsp', '-issuer', at('ca.pem'), '-CAfile', at('ca.pem'), '-cert', at('leaf.pem')],
          ...['-nonce', '-url', `${server.url}/ocsp/default`],
        ],
        { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' },
      ),
    );
    return new Set(told.map((text) => /leaf\.pem: (\w+)/.exec(text)?.[1] ?? text));
  }

  it('tells each change of a status at once, in all processes', async () => {
    const { csrPem } = makeKeyAndCsr(work, 'leaf', 'DNS:leaf.test');
    const pem = await issue(server, csrPem);
    writeFileSync(at('leaf.pem'), pem);
    const serial = new X509Certificate(pem).serialNumber.toLowerCase();
    expect(askAll()).toEqual(new Set(['good']));
    await revoke(server, serial, { reason: 'certificateHold' });
    expect(askAll()).toEqual(new Set(['revoked']));
    const released = await fetch(`${server.url}/api/v1/certificates/${serial}/release`, {
      method: 'POST',
      headers: { Authorization: authorization(server) },
    });
    expect(released.status).toBe(200);
    expect(askAll()).toEqual(new Set(['good']));
    await revoke(server, serial, { reason: 'keyCompromise' });
    expect(askAll()).toEqual(new Set(['revoked']));
  });

  /** What all processes publish at a path, each time by a connection of its own. */
  async function downloadAll(path: string): Promise<Set<string>> {
    const bodies = Array.from({ length: CONNECTIONS }, async () => {
      const asked = request(server.url + path, { agent: false }).end();
      const [response] = await once(asked, 'response');
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(Buffer.from(piece));
      return Buffer.concat(pieces).toString('base64');
    });
    return new Set(await Promise.all(bodies));
  }

  it('shows a renewed CA certificate at once, in all processes', async () => {
    const path = '/ca/default.crt';
    const before = await downloadAll(path);
    const renewed = await fetch(`${server.url}/api/v1/authorities/default/renew`, {
      method: 'POST',
      headers: { Authorization: authorization(server) },
    });
    expect(renewed.status).toBe(200);
    const after = await downloadAll(path);
    expect([before.size, after.size]).toEqual([1, 1]);
    expect(after).not.toEqual(before);
  });
});
