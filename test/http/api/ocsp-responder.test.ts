import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  encodeBitString,
  encodeSequence,
  readChildren,
  readOnly,
  TAG,
} from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { encodePem } from '../../../src/asn1/pem.ts';
import { importSigner } from '../../../src/keys/signer.ts';
import { readExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import {
  encodeExtendedKeyUsage,
  encodeExtension,
  encodeKeyUsage,
  hasKeyUsage,
} from '../../../src/x509/certificate/extensions.ts';
import { type CertificateOptions, makeCertificate, openIssuer } from '../../authorities/make-ca.ts';
import { keyPem } from '../../fixtures.ts';
import { captureLog } from '../live.ts';
import { firstCertificate, openOcspWorker } from '../publish/live-ocsp.ts';

captureLog();
const PATH = '/api/v1/authorities/default/ocsp-responder';
const DAY_MS = 86_400_000;
const TRY_LATER = 3;

let live: Awaited<ReturnType<typeof openOcspWorker>>;
beforeEach(async () => {
  live = await openOcspWorker();
});
afterEach(() => vi.useRealTimers());

async function ask(worker = live) {
  const { serialHex } = await live.issue();
  // Few ask by this hash, so the edge has nothing of it.
  return (await worker.post('default', await live.request(serialHex, 'SHA-512'))).ocsp;
}

/** One that another tool made with the CA's key. */
async function makeUpload(options: CertificateOptions = {}, keyName = 'p-384') {
  const ca = await live.findCa();
  const issuer = { subjectDer: ca.subjectDer, signer: await importSigner(String(env.CA_KEY)) };
  const certificateDer = await makeCertificate(issuer, await openIssuer('CN=Elsewhere', keyName), {
    serialHex: 'c0ffee',
    notBeforeSeconds: Math.floor(Date.now() / 1000) - 60,
    notAfterSeconds: Math.floor(Date.now() / 1000) + 86400,
    extensionsDer: [encodeKeyUsage(['digitalSignature']), encodeExtendedKeyUsage(['OCSPSigning'])],
    ...options,
  });
  return { certificate: encodePem('CERTIFICATE', certificateDer), privateKey: keyPem(keyName) };
}

describe('PUT /api/v1/authorities/{id}/ocsp-responder', () => {
  it('creates a key and has the authority issue its certificate, with record and audit event', async () => {
    const { status, json } = await live.send(PATH, { method: 'PUT', body: {} });
    expect(status).toBe(200);
    const certificate = firstCertificate(String(json.certificate));
    const { extensions } = certificate;
    expect(readExtendedKeyUsages(extensions)).toEqual(['1.3.6.1.5.5.7.3.9']);
    expect(hasKeyUsage(extensions, 'digitalSignature')).toBe(true);
    expect(hasKeyUsage(extensions, 'keyCertSign')).toBe(false);
    expect(extensions.get('1.3.6.1.5.5.7.48.1.5')?.valueDer.toHex()).toBe('0500');
    for (const oid of [OID.authorityInfoAccess, OID.cRLDistributionPoints]) {
      expect(extensions.has(oid)).toBe(false);
    }
    expect(certificate.notAfterSeconds - certificate.notBeforeSeconds).toBe(90 * 86400 + 300);
    const recorded = await live.send(`/api/v1/certificates/${json.serial}`, {
      headers: { Accept: 'application/json' },
    });
    expect(recorded.json).toMatchObject({ profile: 'ocsp-responder', account: 'root' });
    const audit = await live.send('/api/v1/audit?limit=100');
    expect(audit.text).toContain('"profile":"ocsp-responder"');

    const ocsp = await ask();
    expect(ocsp.certificates.map(({ serialHex }) => serialHex)).toEqual([json.serial]);
    expect(await ocsp.isSignedBy(certificate.spkiDer)).toBe(true);
    const list = await live.send(PATH);
    expect(list.json).toEqual({ responders: [json] });
  });

  it('refuses an empty body, and keeps the responder that is there', async () => {
    const { json } = await live.send(PATH, { method: 'PUT', body: await makeUpload() });
    const refused = await live.send(PATH, { method: 'PUT', body: '' });
    expect([refused.status, refused.json.code]).toEqual([400, 'malformed-request']);
    expect(refused.json.detail).toContain('The body is empty');
    expect((await live.send(PATH)).json).toEqual({ responders: [json] });
  });

  it('stores its key sealed', async () => {
    await live.send(PATH, { method: 'PUT', body: {} });
    const row = await live.db
      .prepare('SELECT private_key FROM ocsp_responders')
      .first<{ private_key: string }>();
    expect(row?.private_key).toMatch(/^v1\.[\w-]+\.[\w-]+$/);
  });

  it('accepts one from elsewhere, for an authority whose key is elsewhere', async () => {
    const upload = await makeUpload();
    const { status, json } = await live.send(PATH, { method: 'PUT', body: upload });
    expect([status, json.serial, json.renewedFrom]).toEqual([200, 'c0ffee', null]);
    expect((await live.send('/api/v1/audit?limit=100')).text).toContain('ocsp-responder.upload');
    const offline = await openOcspWorker({ CA_KEY: '' }, live.db);
    const ocsp = await ask(offline);
    expect(ocsp.singles[0]?.status).toBe('good');
    expect(await ocsp.isSignedBy(firstCertificate(upload.certificate).spkiDer)).toBe(true);
    await live.send(PATH, { method: 'DELETE' });
    const alone = await openOcspWorker({ CA_KEY: '' }, live.db);
    expect((await ask(alone)).status).toBe(TRY_LATER);
  });

  it.each<[string, () => Promise<object>, string]>([
    [
      'another usage',
      () => makeUpload({ extensionsDer: [encodeExtendedKeyUsage(['serverAuth'])] }),
      'malformed-certificate',
    ],
    ['no usage', () => makeUpload({ extensionsDer: [] }), 'malformed-certificate'],
    [
      'a key usage that does not sign',
      () =>
        makeUpload({
          extensionsDer: [
            encodeKeyUsage(['keyAgreement']),
            encodeExtendedKeyUsage(['OCSPSigning']),
          ],
        }),
      'malformed-certificate',
    ],
    ...(['extKeyUsage', 'keyUsage'] as const).map(
      (name): [string, () => Promise<object>, string] => [
        `no DER as ${name}`,
        () =>
          makeUpload({
            extensionsDer: [
              name === 'keyUsage'
                ? encodeExtension(OID.keyUsage, true, Uint8Array.of(0x03, 0x05))
                : encodeKeyUsage(['digitalSignature']),
              name === 'extKeyUsage'
                ? encodeExtension(OID.extKeyUsage, false, Uint8Array.of(0x30, 0x05))
                : encodeExtendedKeyUsage(['OCSPSigning']),
            ],
          }),
        'malformed-certificate',
      ],
    ),
    [
      'a signature algorithm with parameters that it has not',
      async () => {
        const upload = await makeUpload();
        const { tbsDer, signature } = firstCertificate(upload.certificate);
        const algorithm = Uint8Array.fromHex('300706032b65700500');
        const fields = readChildren(readOnly(tbsDer, TAG.sequence).content);
        const tbs = encodeSequence(
          ...fields.map(({ bytes }, index) => (index === 2 ? algorithm : bytes)),
        );
        const der = encodeSequence(tbs, algorithm, encodeBitString(signature));
        return { ...upload, certificate: encodePem('CERTIFICATE', der) };
      },
      'malformed-certificate',
    ],
    [
      'one that has expired',
      () => makeUpload({ notAfterSeconds: 1_700_000_000, notBeforeSeconds: 1_600_000_000 }),
      'not-valid-now',
    ],
    [
      'another key',
      async () => ({ ...(await makeUpload()), privateKey: keyPem('p-256') }),
      'key-mismatch',
    ],
    [
      'no key',
      async () => ({ certificate: (await makeUpload()).certificate }),
      'missing-parameter',
    ],
    [
      'one of another CA',
      async () => {
        const other = await openIssuer('CN=Signet Root CA', 'p-256');
        const subject = await openIssuer('CN=x', 'p-384');
        const der = await makeCertificate(other, subject);
        return { certificate: encodePem('CERTIFICATE', der), privateKey: keyPem('p-384') };
      },
      'malformed-certificate',
    ],
    [
      'no certificate',
      async () => ({ certificate: 'x', privateKey: keyPem('p-384') }),
      'malformed-certificate',
    ],
    [
      'a certificate in broken PEM',
      async () => ({ certificate: '-----BEGIN CERTIFICATE-----', privateKey: keyPem('p-384') }),
      'malformed-certificate',
    ],
  ])('refuses %s', async (_, make, code) => {
    const { json, status } = await live.send(PATH, { method: 'PUT', body: await make() });
    expect([status, json.code]).toEqual([400, code]);
    expect((await live.send(PATH)).json).toEqual({ responders: [] });
  });

  it('allows only the account root', async () => {
    const account = await live.createAccount();
    const { basic } = await live.createKey(['authorities:Manage'], account);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await live.send(PATH, { method, as: basic })).status).toBe(403);
    }
  });

  it('answers 404 for unknown authorities, and if there is none to delete', async () => {
    expect((await live.send('/api/v1/authorities/nobody/ocsp-responder')).status).toBe(404);
    expect((await live.send(PATH, { method: 'DELETE' })).status).toBe(404);
  });
});

describe('a delegated responder', () => {
  it('is replaced by the authority when it is deleted or has expired', async () => {
    await live.send(PATH, { method: 'PUT', body: await makeUpload() });
    const [uploaded] = (await ask()).certificates;
    vi.useFakeTimers({ now: Date.now() + 2 * DAY_MS, toFake: ['Date'] });
    const ended = await ask();
    expect(ended.status).toBe(0);
    expect(ended.certificates[0]?.serialHex).not.toBe(uploaded?.serialHex);
    vi.useRealTimers();
    expect((await live.send(PATH, { method: 'DELETE' })).status).toBe(204);
    expect((await ask()).certificates).toEqual(ended.certificates);
  });

  it('never signs a nextUpdate after its own notAfter', async () => {
    const end = Math.floor(Date.now() / 1000) + 1000;
    await live.send(PATH, { method: 'PUT', body: await makeUpload({ notAfterSeconds: end }) });
    expect((await ask()).singles[0]?.nextUpdateSeconds).toBe(end);
  });

  it('is renewed by the job when a third of its lifetime is left', async () => {
    const { json } = await live.send(PATH, { method: 'PUT', body: {} });
    const job = '/api/v1/jobs/renew-ocsp-responders';
    expect((await live.send(job, { method: 'POST' })).json).toMatchObject({
      report: { renewed: 0 },
    });
    vi.useFakeTimers({ now: Date.now() + 61 * DAY_MS, toFake: ['Date'] });
    expect((await live.send(job, { method: 'POST' })).json).toMatchObject({
      report: { renewed: 1, failed: 0 },
    });
    const { certificates } = await ask();
    expect(certificates[0]?.serialHex).not.toBe(json.serial);
    expect((await live.send(job, { method: 'POST' })).json).toMatchObject({
      report: { renewed: 0 },
    });
  });

  it('keeps no other waiting if it cannot be renewed: the job tries again an hour later', async () => {
    await live.send(PATH, { method: 'PUT', body: {} });
    const keyless = await openOcspWorker({ CA_KEY: '' }, live.db);
    const run = async (by: typeof live) => {
      const { json } = await by.send('/api/v1/jobs/renew-ocsp-responders', { method: 'POST' });
      return json.report;
    };
    const due = Date.now() + 61 * DAY_MS;
    vi.useFakeTimers({ now: due, toFake: ['Date'] });
    expect(await run(keyless)).toEqual({ renewed: 0, failed: 1 });
    expect(await run(keyless)).toEqual({ renewed: 0, failed: 0 });
    vi.setSystemTime(due + 3_600_000);
    expect(await run(live)).toEqual({ renewed: 1, failed: 0 });
  });

  it('is renewed if a clock that was ahead has issued it', async () => {
    const nowMs = Date.now();
    await live.send(PATH, { method: 'PUT', body: {} });
    vi.useFakeTimers({ now: nowMs + 400 * DAY_MS, toFake: ['Date'] });
    const { json } = await live.send(PATH, { method: 'PUT', body: {} });
    vi.setSystemTime(nowMs);
    const keyless = await openOcspWorker({ CA_KEY: '' }, live.db);
    const run = async (by: typeof live) => {
      const answer = await by.send('/api/v1/jobs/renew-ocsp-responders', { method: 'POST' });
      return answer.json.report;
    };
    expect(await run(keyless)).toEqual({ renewed: 0, failed: 1 });
    expect(await run(keyless)).toEqual({ renewed: 0, failed: 0 });
    vi.setSystemTime(nowMs + 3_600_000);
    expect(await run(live)).toEqual({ renewed: 1, failed: 0 });
    expect(await run(live)).toEqual({ renewed: 0, failed: 0 });
    const { certificates } = await ask();
    expect(certificates[0]?.serialHex).not.toBe(json.serial);
  });

  it('is renewed although a clock that was ahead could not renew it', async () => {
    await live.send(PATH, { method: 'PUT', body: {} });
    const keyless = await openOcspWorker({ CA_KEY: '' }, live.db);
    const run = async (by: typeof live) => {
      const answer = await by.send('/api/v1/jobs/renew-ocsp-responders', { method: 'POST' });
      return answer.json.report;
    };
    const nowMs = Date.now();
    vi.useFakeTimers({ now: nowMs + 400 * DAY_MS, toFake: ['Date'] });
    expect(await run(keyless)).toEqual({ renewed: 0, failed: 1 });
    vi.setSystemTime(nowMs);
    expect(await run(live)).toEqual({ renewed: 1, failed: 0 });
  });

  it('is resealed with the other stored secrets', async () => {
    await live.send(PATH, { method: 'PUT', body: {} });
    const rotated = await openOcspWorker(
      { SEALING_KEY_V2: new Uint8Array(32).fill(7).toBase64() },
      live.db,
    );
    const { json } = await rotated.send('/api/v1/jobs/reseal', { method: 'POST' });
    expect(json).toMatchObject({ report: { version: 2, resealed: 1, remaining: 0 } });
    expect((await ask(rotated)).certificates).toHaveLength(1);
  });
});
