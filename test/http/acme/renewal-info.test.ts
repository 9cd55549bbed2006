import { beforeEach, describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { readAuthorityKeyIdentifier } from '../../../src/x509/certificate/extensions.ts';
import { encodeBase64url } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { type AcmeClient, BASE } from './acme-client.ts';
import { countAcme, expectProblem } from './expect-problem.ts';
import { obtain, openBound, order } from './orders.ts';

captureLog();

let live: LiveWorker;
let client: AcmeClient;

beforeEach(async () => {
  live = await openWorker();
  client = await openBound(live);
});

const NAMES = ['a.internal.test'];

async function obtainLeaf(fields: object = {}, names = NAMES): Promise<Certificate> {
  const { pem } = await obtain(client, names, fields);
  const [leaf] = parsePem(pem);
  if (leaf === undefined) throw new Error('no certificate');
  return parseCertificate(leaf.der);
}

/** RFC 9773 section 4.1. */
function nameCertificate({ extensions, serialHex }: Certificate): string {
  const keyIdentifier = readAuthorityKeyIdentifier(extensions) ?? new Uint8Array();
  const serial = Uint8Array.fromHex(serialHex.length % 2 === 0 ? serialHex : `0${serialHex}`);
  const content = (serial[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...serial) : serial;
  return `${encodeBase64url(keyIdentifier)}.${encodeBase64url(content)}`;
}

function readInfo(id: string): Promise<Received> {
  return client.send(`${BASE}/renewal-info/${id}`, {});
}

function readWindow({ json }: Received): { start: number; end: number } {
  const { start, end } = Object(json.suggestedWindow);
  return { start: Date.parse(String(start)) / 1000, end: Date.parse(String(end)) / 1000 };
}

describe('renewalInfo', () => {
  it('suggests a window around two thirds of the life', async () => {
    const leaf = await obtainLeaf();
    const answer = await readInfo(nameCertificate(leaf));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Retry-After')).toBe('21600');
    const { start, end } = readWindow(answer);
    const life = leaf.notAfterSeconds - leaf.notBeforeSeconds;
    expect((start - leaf.notBeforeSeconds) / life).toBeCloseTo(2 / 3 - 0.01, 3);
    expect((end - leaf.notBeforeSeconds) / life).toBeCloseTo(2 / 3 + 0.01, 3);
  });

  it('lies in the past for a revoked certificate', async () => {
    const leaf = await obtainLeaf();
    await live.send(`/api/v1/certificates/${leaf.serialHex}/revoke`, { method: 'POST' });
    const { start, end } = readWindow(await readInfo(nameCertificate(leaf)));
    expect(start).toBeLessThan(end);
    expect(end).toBeLessThan(Date.now() / 1000);
  });

  it('lies in the past if the authority has another key now', async () => {
    const leaf = await obtainLeaf();
    const rekeyed = await live.send('/api/v1/authorities/default/rekey', { body: {} });
    expect(rekeyed.status, rekeyed.text).toBeLessThan(300);
    const { end } = readWindow(await readInfo(nameCertificate(leaf)));
    expect(end).toBeLessThan(Date.now() / 1000);
    const replaces = nameCertificate(leaf);
    const replacing = await obtainLeaf({ replaces });
    expect(readWindow(await readInfo(nameCertificate(replacing))).start).toBeGreaterThan(
      Date.now() / 1000,
    );
  });

  it.each([
    ['an unknown serial number', (id: string) => `${id.split('.')[0]}.AQ`, 404],
    ['an unknown authority', (id: string) => `AAAA.${id.split('.')[1]}`, 404],
    ['padding', (id: string) => `${id}=`, 400],
    ['a leading zero', (id: string) => `${id.split('.')[0]}.AAE`, 400],
    ['no dot', (id: string) => id.replace('.', ''), 400],
    ['too much', (id: string) => `${id}.AQ`, 400],
  ])('refuses %s', async (_, change, status) => {
    const id = nameCertificate(await obtainLeaf());
    expectProblem(await readInfo(change(id)), status, 'malformed');
  });
});

describe('replaces', () => {
  it('is kept with the order, and refused once the certificate was replaced', async () => {
    const replaces = nameCertificate(await obtainLeaf());
    const given = await order(client, NAMES, { replaces });
    expect(given.json.replaces).toBe(replaces);
    // An order that was given up does not count.
    const { order: ordered } = await obtain(client, [...NAMES, 'b.internal.test'], { replaces });
    expect(ordered.json.replaces).toBe(replaces);
    const before = await countAcme(live);
    expectProblem(await order(client, NAMES, { replaces }), 409, 'alreadyReplaced');
    expect(await countAcme(live)).toEqual(before);
  });

  it('takes a certificate that was revoked', async () => {
    const leaf = await obtainLeaf();
    await live.send(`/api/v1/certificates/${leaf.serialHex}/revoke`, { method: 'POST' });
    await obtainLeaf({ replaces: nameCertificate(leaf) });
  });

  it('refuses a certificate of another account, or for other names', async () => {
    const replaces = nameCertificate(await obtainLeaf());
    const other = await openBound(live);
    expectProblem(await order(other, NAMES, { replaces }), 400, 'malformed');
    expectProblem(await order(client, ['b.internal.test'], { replaces }), 400, 'malformed');
    expect((await order(client, NAMES, { replaces })).status).toBe(201);
  });
});
