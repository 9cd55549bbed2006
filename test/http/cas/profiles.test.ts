import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EXTENDED_KEY_USAGE_OID as EKU, OID } from '../../../src/asn1/oids.ts';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { readExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import { makeCertificate, openIssuer, toPem } from '../../authorities/make-ca.ts';
import { keyPem } from '../../fixtures.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { countRows } from '../../store/database.ts';
import { type Answer, call, createKey, post } from './cas-client.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  await open();
});

async function open(variables: Record<string, string> = {}) {
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined, ...variables });
}

const DAY = 86400;
const secondsFromNow = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
const timeFromNow = (seconds: number) =>
  new Date(Number(secondsFromNow(seconds)) * 1000).toISOString().replace('.000Z', 'Z');

async function ask(
  action: 'Server' | 'Client' | 'Custom',
  parameters: Record<string, string>,
  authority = 'default',
): Promise<Answer> {
  const wanted = {
    ParentIdentifier: authority,
    Csr: await makeCsrPem({ subject: [commonName('host.test')] }),
    ...parameters,
  };
  const name = `Create${action}Certificate${action === 'Custom' ? '' : 'WithCsr'}`;
  return call(worker, wanted, { action: name });
}

async function accept(...asked: Parameters<typeof ask>) {
  const { status, body, text } = await ask(...asked);
  expect(status, text).toBe(200);
  const [block] = parsePem(String(body.X509Certificate ?? body.Certificate));
  return parseCertificate(block?.der ?? new Uint8Array());
}

async function refuse(code: string, words: RegExp, ...asked: Parameters<typeof ask>) {
  const before = await countRows(worker.db, 'certificates');
  const { status, body } = await ask(...asked);
  expect(body).toMatchObject({ Code: code, Message: expect.stringMatching(words) });
  expect(status).toBe(400);
  expect(await countRows(worker.db, 'certificates')).toBe(before);
}

const withUsages = (...usages: readonly string[]) => ({
  Validity: '1d',
  ApiPassthrough: JSON.stringify({ Extensions: { ExtendedKeyUsages: usages } }),
});

/** A root that is valid since ten days ago, as the body of an import. */
async function makeOldRoot() {
  const ca = await openIssuer('CN=Old root', 'p-384');
  const nowSeconds = Number(secondsFromNow(0));
  const certificateDer = await makeCertificate(ca, ca, {
    notBeforeSeconds: nowSeconds - 10 * DAY,
    notAfterSeconds: nowSeconds + 10 * DAY,
  });
  return { name: 'Old', certificate: toPem(certificateDer), privateKey: keyPem('p-384') };
}

async function createAuthority(profiles: object): Promise<string> {
  const wanted = { name: 'Own', subject: 'CN=Own', parent: 'default', validity: '20y', profiles };
  const { status, body } = await post(worker, '/api/v1/authorities', wanted);
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body.id);
}

describe('the built-in profile cas', () => {
  it('allows servers and clients up to ten years', async () => {
    for (const action of ['Server', 'Client'] as const) {
      for (const time of [{ Days: '3653' }, { Months: '120' }, { Years: '10' }]) {
        await accept(action, time);
      }
      await refuse('InvalidValidity', /latest possible end .*3653 days/, action, { Days: '3654' });
      await refuse('InvalidValidity', /3653 days/, action, { Years: '11' });
    }
    await accept('Custom', { Validity: '10y' });
    await refuse('InvalidValidity', /3653 days/, 'Custom', { Validity: '11y' });
  });

  it('allows no end later than that of a certificate from now on', async () => {
    const Validity = `${timeFromNow(3650 * DAY)}/${timeFromNow(3660 * DAY)}`;
    await refuse('InvalidValidity', /too long/, 'Custom', { Validity });
  });

  it('allows a start up to a day ago', async () => {
    const { body } = await post(worker, '/api/v1/authorities/import', await makeOldRoot());
    const authority = String(body.id);
    const AfterTime = secondsFromNow(9 * DAY);
    const at = (seconds: number) => ({ BeforeTime: secondsFromNow(seconds), AfterTime });
    await accept('Server', at(-DAY + 60), authority);
    await refuse('InvalidValidity', /begins too early/, 'Server', at(-DAY - 60), authority);
  });

  it('allows no other usages, from ApiPassthrough or the CSR', async () => {
    for (const usage of ['codeSigning', 'emailProtection', 'any', '1.3.6.1.5.5.7.3.17']) {
      const words = /profile 'cas' does not allow/;
      await refuse('InvalidExtendedKeyUsages', words, 'Custom', withUsages('serverAuth', usage));
    }
    const codeSigning = Uint8Array.fromHex(
      '301306 03551d25 040c300a06082b06010505070303'.replaceAll(' ', ''),
    );
    const Csr = await makeCsrPem({ subject: [commonName('a')], extensions: [codeSigning] });
    await refuse('InvalidExtendedKeyUsages', /codeSigning/, 'Custom', { Csr, Validity: '1d' });
    await accept('Custom', withUsages('clientAuth', 'serverAuth'));
  });

  it('gives its usages to a request that names none', async () => {
    const { extensions } = await accept('Custom', { Validity: '1d' });
    expect(readExtendedKeyUsages(extensions)).toEqual([EKU.serverAuth, EKU.clientAuth]);
    expect(extensions.has(OID.keyUsage)).toBe(true);
  });

  it('is for this dialect only', async () => {
    const csr = await makeCsrPem({ subject: [commonName('host.test')] });
    const { status, body } = await post(worker, '/api/v1/certificates', { csr, profile: 'cas' });
    expect([status, body.code]).toEqual([400, 'unknown-profile']);
    expect(body.detail).not.toContain('cas');
  });

  it('binds the account root too', async () => {
    await refuse('InvalidExtendedKeyUsages', /OCSPSigning/, 'Custom', withUsages('OCSPSigning'));
  });
});

describe('the variable PROFILES', () => {
  it('can limit and extend what the dialect issues', async () => {
    const usages = ['clientAuth', '1.3.6.1.5.5.7.3.17'];
    await open({
      PROFILES: JSON.stringify({
        cas: { validityDays: 400, extendedKeyUsages: usages },
        code: { validityDays: 30, extendedKeyUsages: ['codeSigning'] },
      }),
    });
    await accept('Custom', withUsages(...usages));
    await accept('Custom', { ...withUsages('codeSigning'), Validity: '30d' });
    const long = { ...withUsages('codeSigning'), Validity: '31d' };
    await refuse('InvalidValidity', /30 days/, 'Custom', long);
    await refuse('InvalidValidity', /400 days/, 'Client', { Days: '401' });
    // Of the profile tls-server-client.
    await accept('Server', { Days: '365' });
    await refuse('InvalidValidity', /365 days/, 'Server', { Days: '366' });
    const mixed = withUsages('clientAuth', 'codeSigning');
    await refuse('InvalidExtendedKeyUsages', /does not allow/, 'Custom', mixed);
  });
});

describe('the profiles of an authority', () => {
  it('bound every action, instead of those of the configuration', async () => {
    const id = await createAuthority({
      short: { validityDays: 30, backdateSeconds: 60, extendedKeyUsages: ['clientAuth'] },
    });
    const { notBeforeSeconds } = await accept('Client', { Days: '30' }, id);
    expect(Date.now() / 1000 - notBeforeSeconds).toBeLessThan(90);
    await refuse('InvalidValidity', /30 days/, 'Client', { Days: '31' }, id);
    await refuse('InvalidExtendedKeyUsages', /serverAuth/, 'Server', { Days: '1' }, id);
    await refuse('InvalidExtendedKeyUsages', /serverAuth/, 'Custom', withUsages('serverAuth'), id);
    const none = await accept('Custom', { Validity: '1d' }, id);
    expect(readExtendedKeyUsages(none.extensions)).toEqual([EKU.clientAuth]);
    const described = await call(worker, { Identifier: id }, { action: 'DescribeCACertificate' });
    expect(described.body.Certificate).toMatchObject({ CertMaxTime: 30 });
  });
});

describe('a certificate with OCSPSigning', () => {
  it('is for the account root only, and only if a profile allows it', async () => {
    const profile = { validityDays: 9, extendedKeyUsages: ['OCSPSigning'] };
    await open({ PROFILES: JSON.stringify({ ocsp: profile }) });
    const { id, secret } = await createKey(worker, ['yundun-cert:*', 'certificates:*']);
    const Csr = await makeCsrPem({ subject: [commonName('host.test')] });
    const wanted = { ParentIdentifier: 'default', Csr, ...withUsages('OCSPSigning') };
    const options = { action: 'CreateCustomCertificate', key: { id, secret } };
    expect((await call(worker, wanted, options)).body.Code).toBe('InvalidExtendedKeyUsages');
    await accept('Custom', withUsages('OCSPSigning'));
  });

  it('is not that of a subordinate CA of another account', async () => {
    const { id, secret } = await createKey(worker, ['yundun-cert:*']);
    const create = (usage: string, key?: { id: string; secret: string }) =>
      call(
        worker,
        {
          ...{ ParentIdentifier: 'default', CommonName: `Sub ${usage}`, Organization: 'O' },
          ...{ OrganizationUnit: 'OU', Locality: 'L', State: 'ST', Years: '1' },
          Algorithm: 'ECC_256',
          'ExtendedKeyUsages.1': usage,
        },
        { action: 'CreateSubCACertificate', ...(key === undefined ? {} : { key }) },
      );
    for (const usage of ['OCSPSigning', '1.3.6.1.5.5.7.3.9']) {
      const answer = await create(usage, { id, secret });
      expect([answer.status, answer.body.Code]).toEqual([400, 'InvalidExtendedKeyUsages']);
    }
    expect(await countRows(worker.db, 'certificates')).toBe(0);
    expect((await create('serverAuth', { id, secret })).status).toBe(200);
    expect((await create('OCSPSigning')).status).toBe(200);
  });
});
