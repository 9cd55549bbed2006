import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorization, download, issue, revoke } from './api-client.ts';
import { normalizeSerial } from './crl.ts';
import { makeKeyAndCsr, printText } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { run } from './tools.ts';
import { makeWorkDirectory, type WorkDirectory } from './work-directory.ts';

let server: RunningServer;
let work: WorkDirectory;
beforeAll(async () => {
  work = makeWorkDirectory();
  server = await startServer();
});
afterAll(async () => {
  await server?.stop();
  work?.remove();
});

/** The reason of a serial number in a list as openssl reads it, or null if it is not in the list. */
async function readReason(path: string, serial: string): Promise<string | null> {
  const response = await fetch(`${server.url}${path}`);
  const text = printText('crl', new Uint8Array(await response.arrayBuffer()));
  const entry = text
    .split('Serial Number: ')
    .slice(1)
    .find((part) => normalizeSerial(/^[0-9A-F]+/.exec(part)?.[0] ?? '') === serial);
  if (entry === undefined) return null;
  return /Reason Code: *\n *([^\n]+)/.exec(entry)?.[1]?.trim() ?? 'none';
}

it('shows a hold, its release and a later revocation to openssl, in every list and by OCSP', async () => {
  const { csrPem } = makeKeyAndCsr(work, 'held', 'DNS:held.test');
  const certificatePath = join(work.path, 'held.pem');
  const issuerPath = join(work.path, 'ca.pem');
  writeFileSync(certificatePath, await issue(server, csrPem));
  writeFileSync(issuerPath, await download(server, '/ca/default.pem'));
  const { stdout } = run('openssl', ['x509', '-in', certificatePath, '-noout', '-serial']);
  const serial = normalizeSerial(stdout.trim().split('=')[1] ?? '');

  const full = ['/crl/default.crl', '/crl/default/0.crl'];
  const deltas = ['/crl/default/delta.crl', '/crl/default/0-delta.crl'];
  const readAll = (paths: readonly string[]) =>
    Promise.all(paths.map((path) => readReason(path, serial)));
  const askOcsp = () =>
    run('openssl', [
      ...['ocsp', '-issuer', issuerPath, '-cert', certificatePath, '-CAfile', issuerPath],
      ...['-url', `${server.url}/ocsp/default`, '-no_nonce'],
    ]).stdout;

  // The bases of the deltas: lists from before the hold.
  expect(await readAll(full)).toEqual([null, null]);
  expect(askOcsp()).toContain('held.pem: good');
  await revoke(server, serial, { reason: 'certificateHold' });
  expect(await readAll([...full, ...deltas])).toEqual(Array(4).fill('Certificate Hold'));
  expect(askOcsp()).toMatch(/held\.pem: revoked[\s\S]*Reason: certificateHold/);

  const released = await fetch(`${server.url}/api/v1/certificates/${serial}/release`, {
    method: 'POST',
    headers: { Authorization: authorization(server) },
  });
  expect(released.status).toBe(200);
  expect(await readAll(full)).toEqual([null, null]);
  expect(await readAll(deltas)).toEqual(['Remove From CRL', 'Remove From CRL']);
  expect(askOcsp()).toContain('held.pem: good');

  await revoke(server, serial, { reason: 'superseded' });
  expect(await readAll([...full, ...deltas])).toEqual(Array(4).fill('Superseded'));
  expect(askOcsp()).toMatch(/held\.pem: revoked[\s\S]*Reason: superseded/);
});
