import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { csrPem } from '../../fixtures.ts';
import { operate } from '../bce/live-bce.ts';
import { pemToDer } from '../fakes.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { sealEnvelope } from '../openssl-ca/seal-envelope.ts';

captureLog();

const PATH = '/api/v1/authorities';
const LEAF_CSR = csrPem('p-256-sha256');

let worker: LiveWorker;
/** Another isolate with the same database: what it holds in memory is not evicted by `worker`. */
let other: LiveWorker;
beforeAll(async () => {
  worker = await openWorker();
  other = await openWorker({}, worker.db);
});

interface Ca {
  readonly id: string;
  readonly certificate: string;
}

async function create(name: string, parent: string): Promise<Ca> {
  const { status, json, text } = await worker.send(PATH, {
    body: { name, subject: `CN=${name}`, parent },
  });
  if (status !== 201) throw new Error(text);
  return { id: String(json.id), certificate: String(json.certificate) };
}

function act(id: string, action: string, body: unknown = {}): Promise<Received> {
  return worker.send(`${PATH}/${id}/${action}`, { method: 'POST', body });
}

function issue(authority: string, by: LiveWorker = worker): Promise<Received> {
  return by.send('/api/v1/certificates', {
    body: { csr: LEAF_CSR, authority },
    headers: { Accept: 'application/json' },
  });
}

function serialOf(pem: unknown): string {
  return parseCertificate(pemToDer(String(pem))).serialHex;
}

/** Revokes, holds or releases the certificate of a CA as that of any subject. */
async function change(pem: string, action: string, body: unknown = ''): Promise<void> {
  const path = `/api/v1/certificates/${serialOf(pem)}/${action}`;
  const { status, text } = await worker.send(path, { method: 'POST', body });
  if (status !== 200) throw new Error(text);
}

async function makeLine(name: string): Promise<{ mid: Ca; low: Ca }> {
  const mid = await create(`${name} Mid`, 'default');
  const low = await create(`${name} Low`, mid.id);
  // Both isolates have the authority in memory.
  for (const by of [worker, other]) expect((await issue(low.id, by)).status).toBe(201);
  return { mid, low };
}

async function expectRefusal(low: Ca, reason: RegExp): Promise<void> {
  for (const by of [other, worker]) {
    const refused = await issue(low.id, by);
    expect(refused).toMatchObject({ status: 503, json: { code: 'authority-unavailable' } });
    expect(refused.json.detail).toMatch(reason);
    const crl = await by.send(`/crl/${low.id}.crl`, { as: null });
    expect(crl.status).toBe(200);
  }
}

describe('an authority below a CA', () => {
  it('does not sign after the certificate of that CA was revoked by serial number', async () => {
    const { mid, low } = await makeLine('Revoked');
    await change(mid.certificate, 'revoke');
    await expectRefusal(low, /"Revoked Mid" .* above it is revoked/);
    for (const attempt of [
      worker.send(PATH, { body: { name: 'a', subject: 'CN=Lower', parent: low.id } }),
      act(low.id, 'ocsp-responder'),
      act(mid.id, 'renew'),
    ]) {
      expect((await attempt).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('does not sign after the openssl-ca dialect has revoked that CA', async () => {
    const { mid, low } = await makeLine('Dialect');
    const serial = await sealEnvelope(serialOf(mid.certificate), {
      mode: 'cfb8',
      padded: true,
      secret: env.OPENSSL_CA_SECRET,
    });
    const body = { serial };
    const revoked = await worker.send('/api/ca/revoke', { method: 'DELETE', as: null, body });
    expect(revoked.json).toMatchObject({ status: 0 });
    await expectRefusal(low, /"Dialect Mid" .* above it is revoked/);
  });

  it('signs again when the hold of that CA is released', async () => {
    const { mid, low } = await makeLine('Held');
    await change(mid.certificate, 'revoke', { reason: 'certificateHold' });
    await expectRefusal(low, /"Held Mid" .* above it is on hold/);
    await expectRefusal(
      mid,
      /"Held Mid" .* its certificate \(serial number [0-9a-f]+\) is on hold/,
    );
    const create = { name: 'a', subject: 'CN=Under Held', parent: mid.id };
    for (const refused of [await act(low.id, 'renew'), await worker.send(PATH, { body: create })]) {
      expect(refused.json.detail).toMatch(
        /"Held Mid" .* its certificate \(serial number .* on hold/,
      );
    }
    await change(mid.certificate, 'release');
    for (const by of [other, worker]) expect((await issue(low.id, by)).status).toBe(201);
    const below = { name: 'a', subject: 'CN=Below Held', parent: low.id };
    expect((await other.send(PATH, { body: below })).status).toBe(201);
  });

  it('does not sign after the generation that certified it was revoked', async () => {
    const { mid, low } = await makeLine('Old');
    expect((await act(mid.id, 'rekey')).status).toBe(200);
    expect((await issue(low.id, other)).status).toBe(201);
    await change(mid.certificate, 'revoke');
    await expectRefusal(low, /"Old Mid" .* above it is revoked/);
    expect((await issue(mid.id)).status).toBe(201);
  });

  it('is not enabled while a CA further above is revoked', async () => {
    const { mid, low } = await makeLine('Enabled');
    const lowest = await create('Enabled Lowest', low.id);
    await act(lowest.id, 'disable');
    await change(mid.certificate, 'revoke');
    expect((await act(lowest.id, 'enable')).json.code).toBe('in-use');
  });
});

describe('the chain of an authority below a CA', () => {
  it('has the current certificate of that CA in every answer', async () => {
    const { mid, low } = await makeLine('Renewed');
    const published = await other.send(`/ca/${low.id}.pem`, { as: null });
    expect(listSerials(published.text)).toContain(serialOf(mid.certificate));
    const renewed = await act(mid.id, 'renew', { validity: '6y' });
    await change(mid.certificate, 'revoke', { reason: 'superseded' });
    const serial = serialOf(renewed.json.certificate);
    for (const by of [other, worker]) {
      const issued = await issue(low.id, by);
      expect(issued.status).toBe(201);
      expect(listSerials(String(issued.json.chain))).toContain(serial);
      expect(listSerials(String(issued.json.chain))).not.toContain(serialOf(mid.certificate));
    }
    const again = await worker.send(`/ca/${low.id}.pem`, { as: null });
    expect(listSerials(again.text)).toContain(serial);
    const { json } = await worker.send(`${PATH}/${low.id}`);
    expect(listSerials(String(json.chain))).toContain(serial);
  });

  it('is the current one in an inventory entry of a certificate that the authority issued', async () => {
    const { mid, low } = await makeLine('Kept');
    const issued = await issue(low.id);
    const added = await worker.send('/api/v1/inventory', {
      body: { name: 'kept', serial: issued.json.serial, authority: low.id },
    });
    expect(added.status, added.text).toBe(201);
    const root = await worker.send(`${PATH}/default`);
    const expectChain = async (...pems: readonly unknown[]) => {
      const { json } = await worker.send(`/api/v1/inventory/${added.json.id}`);
      expect(listSerials(String(json.chain))).toEqual(pems.map(serialOf));
      const target = `/v1/certificate/${added.json.id}/rawdata`;
      const raw = await operate(worker, { method: 'GET', target });
      expect(listSerials(String(raw.json.certLinkData))).toEqual(pems.map(serialOf));
    };
    await expectChain(low.certificate, mid.certificate, root.json.certificate);
    const renewedMid = await act(mid.id, 'renew', { validity: '6y' });
    await change(mid.certificate, 'revoke', { reason: 'superseded' });
    const renewedLow = await act(low.id, 'renew', { validity: '4y' });
    await expectChain(
      renewedLow.json.certificate,
      renewedMid.json.certificate,
      root.json.certificate,
    );
  });
});

function listSerials(pem: string): string[] {
  return parsePem(pem).map(({ der }) => parseCertificate(der).serialHex);
}
