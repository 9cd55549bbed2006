import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { csrPem } from '../fixtures.ts';
import { AUTHORIZATION, issueBody, openWorker, type TestWorker } from './worker.ts';

const PATHS = [
  '/ca/default.crt',
  '/ca/default.pem',
  '/crl/default.crl',
  '/api/ca/cacert',
  '/api/ca/crl',
] as const;

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  worker = await openWorker();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function watchSignatures() {
  return vi.spyOn(crypto.subtle, 'sign');
}

describe('the edge cache', () => {
  it('serves all downloads without a query and without a signature', async () => {
    const signing = watchSignatures();
    const first = new Map<string, string>();
    for (const path of PATHS) first.set(path, (await worker.send(path)).text);
    // The first requests sign a root and a CRL and query D1, so both counters work.
    expect(signing).toHaveBeenCalledTimes(2);
    expect(worker.calls.count).toBeGreaterThan(0);

    signing.mockClear();
    worker.calls.count = 0;
    for (const path of PATHS) {
      for (const init of [{}, { method: 'HEAD' }, { headers: { 'If-None-Match': '"other"' } }]) {
        const { response, text } = await worker.send(path, init);
        expect(response.status).toBe(200);
        expect(text).toBe(init.method === 'HEAD' ? '' : first.get(path));
      }
      const etag = (await worker.send(path)).response.headers.get('ETag') ?? '';
      const { response } = await worker.send(path, { headers: { 'If-None-Match': etag } });
      expect(response.status).toBe(304);
    }
    expect(signing).not.toHaveBeenCalled();
    expect(worker.calls.count).toBe(0);
  });

  it('serves no CRL that is older than an answered revocation', async () => {
    const issued = await worker.send('/api/v1/certificates', issueBody(csrPem('p-384')));
    const location = issued.response.headers.get('Location') ?? '';
    const path = location.replace('?', '/revoke?');
    const before = await worker.send('/crl/default.crl');
    await worker.send('/api/ca/crl');
    const revoked = await worker.send(path, {
      method: 'POST',
      headers: { Authorization: AUTHORIZATION },
    });
    expect(revoked.response.status).toBe(200);
    const { serial } = JSON.parse(revoked.text);
    const after = await worker.send('/crl/default.crl');
    expect(before.bytes.toHex()).not.toContain(serial);
    expect(after.bytes.toHex()).toContain(serial);
    expect(after.response.headers.get('ETag')).not.toBe(before.response.headers.get('ETag'));
    const pem = await worker.send('/api/ca/crl');
    const body = pem.text.replace(/-----[^-]+-----|\s/g, '');
    expect(Uint8Array.fromBase64(body).toHex()).toContain(serial);
  });

  it('is filled with the current CRL of the database, without a new signature', async () => {
    await worker.send('/crl/default.crl');
    const signing = watchSignatures();
    const { response } = await worker.send('/api/ca/crl');
    expect(response.status).toBe(200);
    expect(signing).not.toHaveBeenCalled();
  });
});
