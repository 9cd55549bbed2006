import { beforeAll, describe, expect, it } from 'vitest';
import { encodePem, parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { encodeCsr } from '../../../src/x509/certificate/encode-csr.ts';
import {
  CA_EXTENSIONS,
  type Issuer,
  makeCertificate,
  openIssuer,
  toPem,
} from '../../authorities/make-ca.ts';
import { keyPem } from '../../fixtures.ts';
import { AUTHORIZATION, openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, dnsName, makeCsrPem } from '../../make-csr.ts';
import { call, createInstance, post } from '../cas/cas-client.ts';
import { captureLog } from '../live.ts';

captureLog();

const PATH = '/api/v1/authorities';

let worker: TestWorker;
beforeAll(async () => {
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

interface External {
  /** The certificate of the CA and those above it. */
  readonly chainPem: string;
  readonly serialHex: string;
}

/** Has the authority `default` certify a CA that is elsewhere. */
async function certify({ signer, subjectDer }: Issuer): Promise<External> {
  const csr = encodePem('CERTIFICATE REQUEST', await encodeCsr(signer, subjectDer, CA_EXTENSIONS));
  const instance = await createInstance(worker, { maxPathLength: 3 });
  const { status, body } = await call(worker, { InstanceId: instance, Csr: csr, Validity: '1y' });
  if (status !== 200) throw new Error(JSON.stringify(body));
  const pem = String(body.Certificate);
  return { chainPem: `${pem}${body.CertificateChain}`, serialHex: serialOf(pem) };
}

function serialOf(pem: string): string {
  const [block] = parsePem(pem);
  return parseCertificate(block?.der ?? new Uint8Array()).serialHex;
}

async function importCa(chainPem: string, keyName: string): Promise<string> {
  const body = { name: 'imported', certificate: chainPem, privateKey: keyPem(keyName) };
  const imported = await post(worker, `${PATH}/import`, body);
  expect(imported).toMatchObject({ status: 201, body: { state: 'active' } });
  return String(imported.body.id);
}

async function issueLeaf(authority: string) {
  const subject = [commonName('leaf.test')];
  const csr = await makeCsrPem({ subject, subjectAltNames: [dnsName('leaf.test')] });
  const { response, text } = await worker.send('/api/v1/certificates', {
    method: 'POST',
    headers: { Authorization: AUTHORIZATION, Accept: 'application/json' },
    body: JSON.stringify({ csr, authority }),
  });
  return { status: response.status, body: JSON.parse(text) };
}

async function change(serialHex: string, action: string, body: object = {}): Promise<void> {
  const { status } = await post(worker, `/api/v1/certificates/${serialHex}/${action}`, body);
  expect(status).toBe(200);
}

async function readState(id: string): Promise<unknown> {
  const { text } = await worker.send(`${PATH}/${id}`, {
    headers: { Authorization: AUTHORIZATION },
  });
  return JSON.parse(text).state;
}

function refusal(reason: RegExp) {
  const detail = expect.stringMatching(reason);
  return { status: 503, body: { code: 'authority-unavailable', detail } };
}

describe('an imported authority', () => {
  it('does not sign while the certificate that an authority here issued to it is on hold or revoked', async () => {
    const external = await openIssuer('CN=External', 'p-256');
    const { chainPem, serialHex } = await certify(external);
    const id = await importCa(chainPem, 'p-256');
    expect(await issueLeaf(id)).toMatchObject({ status: 201 });
    await change(serialHex, 'revoke', { reason: 'certificateHold' });
    const held = `"imported" \\(${id}\\) cannot sign: its certificate \\(serial number ${serialHex}\\) is on hold`;
    expect(await issueLeaf(id)).toMatchObject(refusal(new RegExp(held)));
    expect(await readState(id)).toBe('revoked');
    await change(serialHex, 'release');
    expect(await issueLeaf(id)).toMatchObject({ status: 201 });
    expect(await readState(id)).toBe('active');
    await change(serialHex, 'revoke');
    expect(await issueLeaf(id)).toMatchObject(refusal(/is revoked/));
    const below = { name: 'a', subject: 'CN=Below External', parent: id };
    expect((await post(worker, PATH, below)).status).toBe(503);
  });

  it('has its certificate revoked with it, by the authority here that issued it', async () => {
    const external = await openIssuer('CN=Revoked With It', 'rsa-2048');
    const { chainPem, serialHex } = await certify(external);
    const id = await importCa(chainPem, 'rsa-2048');
    expect((await post(worker, `${PATH}/${id}/revoke`, {})).status).toBe(200);
    const { text } = await worker.send(`/api/v1/certificates/${serialHex}?authority=default`, {
      headers: { Authorization: AUTHORIZATION, Accept: 'application/json' },
    });
    expect(JSON.parse(text).revocation).not.toBeNull();
  });

  it('does not sign while a certificate above it, of a CA elsewhere, is on hold here', async () => {
    const middle = await openIssuer('CN=Middle', 'p-521');
    const low = await openIssuer('CN=Low', 'p-384');
    const { chainPem, serialHex } = await certify(middle);
    const lowDer = await makeCertificate(middle, low, {
      notBeforeSeconds: Math.floor(Date.now() / 1000) - 60,
      notAfterSeconds: Math.floor(Date.now() / 1000) + 86400,
    });
    const id = await importCa(`${toPem(lowDer)}${chainPem}`, 'p-384');
    const lowest = await post(worker, PATH, { name: 'a', subject: 'CN=Lowest', parent: id });
    expect(lowest.status).toBe(201);
    for (const authority of [id, lowest.body.id]) {
      expect(await issueLeaf(authority)).toMatchObject({ status: 201 });
    }
    await change(serialHex, 'revoke', { reason: 'certificateHold' });
    for (const authority of [id, lowest.body.id]) {
      const reason = new RegExp(`"CN=Middle" .*${serialHex}.* above it is on hold`);
      expect(await issueLeaf(authority)).toMatchObject(refusal(reason));
    }
    await change(serialHex, 'release');
    expect(await issueLeaf(lowest.body.id)).toMatchObject({ status: 201 });
  });
});
