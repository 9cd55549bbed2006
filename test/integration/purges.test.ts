import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { captureLog, type LiveWorker, openWorker } from '../http/live.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';

captureLog();

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

/** Lists the paths that a request purges from the edge cache, and counts the OCSP responses. */
async function listPurged(path: string, body: unknown = {}) {
  const deleting = vi.spyOn(caches.default, 'delete').mockResolvedValue(true);
  const { status, text } = await live.send(path, { body });
  const keys = deleting.mock.calls.map(([key]) => String(key).replace(env.PUBLICATION_URL, ''));
  deleting.mockRestore();
  if (status >= 300) throw new Error(text);
  return {
    paths: keys.filter((key) => !key.startsWith('/ocsp/')).sort(),
    responses: keys.filter((key) => key.startsWith('/ocsp/default/')).length,
  };
}

async function issue(): Promise<string> {
  const csr = await makeCsrPem({ subject: [commonName('leaf.test')] });
  const { json } = await live.send('/api/v1/certificates', {
    body: { csr },
    headers: { Accept: 'application/json' },
  });
  return String(json.serial);
}

const COMPLETE_LIST = ['/api/ca/crl', '/crl/default.crl', '/crl/default/delta.crl'];
const LISTS = [...COMPLETE_LIST, '/crl/default/0-delta.crl', '/crl/default/0.crl'].sort();

describe('these operations purge the downloads that they change:', () => {
  it('revoking, holding and releasing a certificate', async () => {
    const serial = await issue();
    const path = `/api/v1/certificates/${serial}`;
    const purged = { paths: LISTS, responses: 4 };
    expect(await listPurged(`${path}/revoke`, { reason: 'certificateHold' })).toEqual(purged);
    expect(await listPurged(`${path}/release`)).toEqual(purged);
    expect(await listPurged(`${path}/revoke`)).toEqual(purged);
  });

  it('revoking many certificates, which purges each CRL once', async () => {
    for (let i = 0; i < 2; i++) await issue();
    const { paths, responses } = await listPurged('/api/v1/revocations', { account: 'root' });
    expect(paths).toEqual(LISTS);
    expect(responses).toBe(8);
  });

  it('importing the history of an authority', async () => {
    const { paths } = await listPurged('/api/v1/authorities/default/history', { lastCrlNumber: 5 });
    expect(paths).toEqual(COMPLETE_LIST);
  });

  it('renewing, re-keying and revoking an authority', async () => {
    const { json } = await live.send('/api/v1/authorities', {
      body: { name: 'below', subject: 'CN=Below', parent: 'default' },
    });
    const id = String(json.id);
    const files = (of: string) => [`/ca/${of}-cross.pem`, `/ca/${of}.crt`, `/ca/${of}.pem`];
    const renewed = await listPurged(`/api/v1/authorities/${id}/renew`);
    expect(renewed.paths).toEqual(files(id));
    const rekeyed = await listPurged(`/api/v1/authorities/${id}/rekey`);
    expect(rekeyed.paths).toEqual(
      [...files(id), ...files(`${id}-2`), `/crl/${id}.crl`, `/crl/${id}/delta.crl`].sort(),
    );
    const revoked = await listPurged(`/api/v1/authorities/${id}/revoke`);
    expect(revoked).toEqual({ paths: LISTS, responses: 12 });
  });
});
