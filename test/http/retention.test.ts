import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { openWorker } from '../integration/worker.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { call } from './cas/cas-client.ts';
import { captureLog } from './live.ts';
import { sealEnvelope } from './openssl-ca/seal-envelope.ts';
import { openOcspWorker } from './publish/live-ocsp.ts';

captureLog();

const DAY_SECONDS = 86400;

let live: Awaited<ReturnType<typeof openOcspWorker>>;
beforeEach(async () => {
  live = await openOcspWorker({ RETENTION_DAYS: '30' });
});

/** Moves the end of every certificate so far into the past, and runs the job. */
async function expire(days: number) {
  const endSeconds = Math.floor(Date.now() / 1000) - days * DAY_SECONDS;
  await live.db.prepare('UPDATE certificates SET not_after_s = ?1').bind(endSeconds).run();
  return (await live.send('/api/v1/jobs/clean-up', { method: 'POST' })).json;
}

async function revokeByCertificate(pem: string) {
  const cert = await sealEnvelope(pem, {
    mode: 'cfb8',
    padded: true,
    secret: env.OPENSSL_CA_SECRET,
  });
  return (await live.send('/api/ca/revoke', { method: 'DELETE', as: null, body: { cert } })).json;
}

describe('a certificate that expired longer than RETENTION_DAYS ago', () => {
  it('loses only its body', async () => {
    const { serialHex } = await live.issue();
    const path = `/api/v1/certificates/${serialHex}`;
    const json = { headers: { Accept: 'application/json' } };
    expect(await expire(29)).toMatchObject({ report: { certificateBodies: 0 } });
    const before = (await live.send(path, json)).json;
    expect(before.certificate).toMatch(/^-----BEGIN CERTIFICATE/);
    expect(await expire(31)).toMatchObject({ report: { certificateBodies: 1, more: false } });
    const after = (await live.send(path, json)).json;
    expect(after).toEqual({
      ...before,
      notAfter: after.notAfter,
      certificate: null,
      decoded: null,
    });
    expect((await live.send(path)).json).toMatchObject({ code: 'certificate-not-found' });
    const body = { authority: 'default', serial: serialHex, name: 'an-entry' };
    expect((await live.send('/api/v1/inventory', { body })).status).toBe(404);
  });

  it('keeps its OCSP status, and can still be revoked', async () => {
    const good = (await live.issue()).serialHex;
    const revoked = (await live.issue()).serialHex;
    await live.revoke(revoked);
    await expire(31);
    const statusOf = async (serialHex: string) =>
      (await live.post('default', await live.request(serialHex))).ocsp.singles[0]?.status;
    expect(await statusOf(good)).toBe('good');
    expect(await statusOf(revoked)).toBe('revoked');
    await live.revoke(good);
    expect(await statusOf(good)).toBe('revoked');
    expect(await statusOf('abcdef')).toBe('unknown');
  });

  it('is recognized by its key in the openssl-ca dialect', async () => {
    const one = await live.issue();
    const other = await live.issue();
    await expire(31);
    const swap = live.db.prepare('UPDATE certificates SET public_key_id = ?2 WHERE serial = ?1');
    await swap.bind(other.serialHex, 'ab'.repeat(32)).run();
    expect(await revokeByCertificate(other.pem)).toMatchObject({ status: -1 });
    expect(await revokeByCertificate(one.pem)).toMatchObject({ status: 0 });
  });

  it('is described in the CAS dialect without its body, also in lists', async () => {
    const worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined }, live.db);
    const ask = (action: string, parameters: Readonly<Record<string, string>>) =>
      call(worker, parameters, { action });
    await ask('DescribeCACertificate', { Identifier: 'default' });
    const issue = async (name: string) =>
      (
        await ask('CreateServerCertificateWithCsr', {
          ParentIdentifier: 'default',
          Csr: await makeCsrPem({ subject: [commonName(name)] }),
          Days: '1',
        })
      ).body;
    const { Identifier: old } = await issue('old.test');
    await expire(31);
    await issue('new.test');
    const described = await ask('DescribeClientCertificate', { Identifier: String(old) });
    expect(described.status, described.text).toBe(200);
    expect(described.body.Certificate).toMatchObject({ Identifier: old, Status: 'ISSUE' });
    expect(described.body.Certificate).not.toHaveProperty('X509Certificate');
    const { body } = await ask('ListClientCertificate', {});
    expect(body.CertificateList).toMatchObject([
      { X509Certificate: expect.stringMatching(/^-----BEGIN/) },
      { Identifier: old, SubjectDN: 'CN=old.test' },
    ]);
  });
});
