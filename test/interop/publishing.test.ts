import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { download, issue, revoke } from './api-client.ts';
import { normalizeSerial, readCrl } from './crl.ts';
import { certificateOf, createDialectClient } from './dialect-client.ts';
import { countRows, requestLines, waitForLine } from './record.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';

const openssl = requireTool('openssl', ['version']);

/** Path, content type, file name, and the beginning of the content. */
const DOWNLOADS: readonly [string, string, string | null, string][] = [
  ['/ca/default.crt', 'application/pkix-cert', null, '0\x82'],
  ['/ca/default.pem', 'application/pem-certificate-chain', null, '-----BEGIN CERTIFICATE-----'],
  ['/crl/default.crl', 'application/pkix-crl', null, '0\x82'],
  ['/api/ca/cacert', 'application/x-pem-file', 'cacert.pem', '-----BEGIN CERTIFICATE-----'],
  ['/api/ca/crl', 'application/x-pem-file', 'ca_crl.pem', '-----BEGIN X509 CRL-----'],
];
const SAME_HEADERS = [
  'Content-Type',
  'Content-Disposition',
  'ETag',
  'Last-Modified',
  'Cache-Control',
];

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);

describe.each(DOWNLOADS)('%s', (path, contentType, fileName, start) => {
  it('has its content type, its file name and the headers for caches', async () => {
    const response = await get(path);
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe(contentType);
    expect(response.headers.get('Content-Disposition')).toBe(
      fileName && `attachment; filename=${fileName}`,
    );
    expect(body.toString('latin1').startsWith(start)).toBe(true);
    expect(response.headers.get('ETag')).toMatch(/^"[^"]+"$/);
    expect(Date.parse(response.headers.get('Last-Modified') ?? '')).toBeLessThanOrEqual(Date.now());
    expect(response.headers.get('Cache-Control')).toContain('must-revalidate');
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('answers 304 if the client has it, and HEAD without a body', async () => {
    const whole = await get(path);
    const length = (await whole.arrayBuffer()).byteLength;
    const etag = whole.headers.get('ETag') ?? '';
    const known = await get(path, { headers: { 'If-None-Match': etag } });
    expect(known.status).toBe(304);
    expect(known.headers.get('ETag')).toBe(etag);
    expect(await known.text()).toBe('');
    const other = await get(path, { headers: { 'If-None-Match': '"other"' } });
    expect((await other.arrayBuffer()).byteLength).toBe(length);
    const head = await get(path, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of SAME_HEADERS) expect(head.headers.get(name)).toBe(whole.headers.get(name));
  });

  it('is served from the edge the second time, without a log line', async () => {
    await (await get(path)).arrayBuffer();
    const logged = server.logs.length;
    const copy = await get(`${path}?again`);
    await copy.arrayBuffer();
    expect(copy.headers.get('CF-Cache-Status')).toBe('HIT');
    await get('/nothing');
    await waitForLine(server, logged);
    expect(requestLines(server, logged)).toEqual([expect.objectContaining({ status: 404 })]);
  });
});

describe('DER and PEM', () => {
  it('contain the same certificate', async () => {
    const der = new X509Certificate(
      Buffer.from(await (await get('/ca/default.crt')).arrayBuffer()),
    );
    for (const path of ['/ca/default.pem', '/api/ca/cacert']) {
      expect(new X509Certificate(await download(server, path)).fingerprint256).toBe(
        der.fingerprint256,
      );
    }
  });
});

describe.skipIf(openssl.missing)(openssl.title('a revocation'), () => {
  it('show a revocation in the next download, with another ETag', async () => {
    const csr = await makeCsrPem({ subject: [commonName('publishing.test')] });
    const serial = normalizeSerial(new X509Certificate(await issue(server, csr)).serialNumber);
    const paths = ['/crl/default.crl', '/api/ca/crl'];
    const before = await Promise.all(paths.map((path) => get(path)));
    await Promise.all(before.map((response) => response.arrayBuffer()));
    await revoke(server, serial, { reason: 'superseded', invalidityDate: '2026-01-02T03:04:05Z' });
    for (const [at, path] of paths.entries()) {
      const etag = before[at]?.headers.get('ETag') ?? '';
      const after = await get(path, { headers: { 'If-None-Match': etag } });
      const bytes = Buffer.from(await after.arrayBuffer());
      expect(after.status).toBe(200);
      const crl = readCrl(path.endsWith('.crl') ? bytes : bytes.toString());
      expect([...crl.serials]).toEqual([serial]);
    }
  });
});

describe('a restart with the same database', () => {
  it('keeps authority, certificates, revocations, subjects and lists', async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'signet-restart-'));
    const csr = await makeCsrPem({ subject: [commonName('kept.restart.test')] });
    const other = await makeCsrPem({ subject: [commonName('revoked.restart.test')] });
    const first = await startServer({ stateDirectory });
    const { secrets } = first;
    let second: RunningServer | undefined;
    try {
      const client = createDialectClient(first);
      certificateOf(await client.sign(csr));
      const revoked = new X509Certificate(certificateOf(await client.sign(other)));
      await client.revokeSerial(revoked.serialNumber);
      const root = await download(first, '/ca/default.pem');
      const crl = await download(first, '/api/ca/crl');
      const rows = await countRows(first);
      await first.stop();

      second = await startServer({
        stateDirectory,
        secrets,
        vars: { PUBLICATION_URL: first.url, PUBLIC_URL: first.url },
      });
      const again = createDialectClient(second);
      expect(await countRows(second)).toEqual(rows);
      expect(await download(second, '/ca/default.pem')).toBe(root);
      expect(digest(await download(second, '/api/ca/crl'))).toBe(digest(crl));
      const msg = '[ERROR]: Please do not repeat the application for certificate!';
      expect((await again.sign(csr)).body).toEqual({ status: -1, msg });
      expect((await again.revokeSerial(revoked.serialNumber)).body.msg).toBe(
        '[ERROR]: This certificate is revoked!',
      );
      expect((await again.sign(other)).body.status).toBe(0);
    } finally {
      await second?.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    }
  });

  it('does not sign with a key that does not belong to the authority', async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'signet-restart-'));
    const csr = await makeCsrPem({ subject: [commonName('mismatch.restart.test')] });
    const first = await startServer({ stateDirectory });
    let second: RunningServer | undefined;
    try {
      await issue(first, csr);
      const root = await download(first, '/ca/default.pem');
      await first.stop();
      second = await startServer({ stateDirectory });
      const answer = await createDialectClient(second).sign(csr);
      expect(answer.body.msg).toBe('[ERROR]: Something is error with signing processing!');
      await waitForLine(second, 0);
      expect(requestLines(second)[0]?.error).toContain('CA_KEY does not belong to the certificate');
      expect((await fetch(`${second.url}/healthz`)).status).toBe(503);
      expect(await download(second, '/ca/default.pem')).toBe(root);
    } finally {
      await second?.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    }
  });
});

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
