import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { hasKeyUsage } from '../../../src/x509/certificate/extensions.ts';
import { csrPem } from '../../fixtures.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, der, makeCsrPem } from '../../make-csr.ts';
import { countRows } from '../../store/database.ts';
import { call, createKey, listEvents, post } from './cas-client.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
});

const ask = (action: string, parameters: Record<string, string>, options = {}) =>
  call(worker, parameters, { action, ...options });

async function issue(options = {}) {
  const parameters = {
    ParentIdentifier: 'default',
    Csr: await makeCsrPem({ subject: [commonName('host.test')] }),
    Days: '1',
  };
  const answer = await ask('CreateServerCertificateWithCsr', parameters, options);
  return { parameters, answer, identifier: String(answer.body.Identifier) };
}

describe('a nonce', () => {
  it('works once for an action that reads, and each call is recorded', async () => {
    const options = { nonce: 'the-same-nonce-1' };
    const parameters = { Identifier: 'default' };
    expect((await ask('DescribeCACertificate', parameters, options)).status).toBe(200);
    const again = await ask('DescribeCACertificate', parameters, options);
    expect(again.body).toMatchObject({ Code: 'SignatureNonceUsed' });
    expect(again.body).not.toHaveProperty('Certificate');
    const events = await listEvents(worker, 'cas.call');
    expect(events).toMatchObject([
      { outcome: 'done', target: 'default', detail: '{"action":"DescribeCACertificate"}' },
      { outcome: 'refused' },
    ]);
  });

  it('works for one certificate', async () => {
    const options = { nonce: 'the-same-nonce-2' };
    const { answer, parameters } = await issue(options);
    expect(answer.status, answer.text).toBe(200);
    const again = await ask('CreateServerCertificateWithCsr', parameters, options);
    expect(again.body).toMatchObject({ Code: 'SignatureNonceUsed' });
    expect(await countRows(worker.db, 'certificates')).toBe(1);
    expect(await listEvents(worker, 'certificate.issue')).toHaveLength(1);
  });

  it('works for one change, and is used up even if the change fails', async () => {
    const { identifier } = await issue();
    const options = { nonce: 'the-same-nonce-3' };
    const Identifier = crypto.randomUUID();
    const action = 'CreateRevokeClientCertificate';
    expect((await ask(action, { Identifier }, options)).body).toMatchObject({
      Code: 'CertificateNotFound',
    });
    expect((await ask(action, { Identifier: identifier }, options)).body).toMatchObject({
      Code: 'SignatureNonceUsed',
    });
    expect(await countRows(worker.db, 'revocations')).toBe(0);
    expect((await ask(action, { Identifier: identifier })).status).toBe(200);
    expect(await countRows(worker.db, 'revocations')).toBe(1);
    expect(await listEvents(worker, 'certificate.revoke')).toMatchObject([{ outcome: 'done' }]);
  });
});

describe('the names of a leaf certificate', () => {
  const askForClient = async (subject: string, names: Record<string, string>) =>
    ask('CreateClientCertificateWithCsr', {
      ParentIdentifier: 'default',
      Csr: await makeCsrPem({ subject: [commonName(subject)] }),
      Days: '1',
      ...names,
    });

  it('keep the case of e-mail addresses', async () => {
    const SanValue = 'User@a.test,user@a.test,user@A.test';
    const { body } = await askForClient('Ada', { SanType: '1', SanValue });
    const { body: described } = await ask('DescribeClientCertificate', {
      Identifier: String(body.Identifier),
    });
    expect(JSON.stringify(described)).toContain(
      JSON.stringify('[{"Type":1,"Value":"User@a.test"},{"Type":1,"Value":"user@a.test"}]'),
    );
  });

  it('are not IPv6 addresses that stand for an IPv4 address', async () => {
    const answer = await ask('CreateServerCertificateWithCsr', {
      ParentIdentifier: 'default',
      Csr: await makeCsrPem({ subject: [commonName('host.test')] }),
      Days: '1',
      Domain: '::ffff:10.1.2.3',
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('use the IPv4 address instead');
  });

  it('may come from parameters if the CN of the CSR is not a valid host', async () => {
    const refused = await askForClient('my_host.test', {});
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('The common name looks like a host');
    const named = await askForClient('my_host.test', { SanType: '6', SanValue: 'urn:a' });
    expect(named.status, named.text).toBe(200);
  });
});

describe('CreateCustomCertificate', () => {
  it.each(['', '3000', '300506', '060100'])(
    'refuses a CSR with the malformed extended key usage %j',
    async (valueHex) => {
      const value = Uint8Array.fromHex(valueHex);
      const oid = Uint8Array.fromHex('0603551d25');
      const answer = await ask('CreateCustomCertificate', {
        ParentIdentifier: 'default',
        Csr: await makeCsrPem({
          subject: [commonName('host.test')],
          extensions: [der(0x30, oid, der(0x04, value))],
        }),
        Validity: '1d',
      });
      expect([answer.status, answer.body.Code]).toEqual([400, 'InvalidCsr']);
      expect(await countRows(worker.db, 'certificates')).toBe(0);
    },
  );
});

describe('CustomIdentifier', () => {
  const create = async (name: string, more: object, options = {}) => {
    const Csr = await makeCsrPem({ subject: [commonName('host.test')] });
    const parameters = { ParentIdentifier: 'default', Csr, ...more };
    return ask(name, parameters, options);
  };
  const days = { Days: '1' };

  it.each([
    ['CreateServerCertificateWithCsr', days, 'CustomIdentifier'],
    ['CreateClientCertificateWithCsr', days, 'CustomIdentifier'],
    ['CreateCustomCertificate', { Validity: '1d' }, 'customIdentifier'],
  ])('of %s is returned, and unique in the account', async (action, period, spelling) => {
    const named = { ...period, [spelling]: '网关-1' };
    const { status, body, text } = await create(action, named);
    expect(status, text).toBe(200);
    const described = await ask('DescribeClientCertificate', {
      Identifier: String(body.Identifier),
    });
    expect(described.body.Certificate).toMatchObject({ CustomIdentifier: '网关-1' });
    const listed = await ask('ListClientCertificate', {});
    expect(listed.body.CertificateList).toMatchObject([{ CustomIdentifier: '网关-1' }]);

    const again = await create(action, named);
    expect([again.status, again.body.Code]).toEqual([409, 'CustomIdentifierAlreadyExists']);
    expect(await countRows(worker.db, 'certificates')).toBe(1);
    const key = await createKey(worker, ['yundun-cert:*']);
    expect((await create(action, named, { key })).status).toBe(200);
  });

  it('is given to one of several requests at the same time', async () => {
    const action = 'CreateServerCertificateWithCsr';
    await create(action, days);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create(action, { ...days, CustomIdentifier: 'one' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(await countRows(worker.db, 'custom_identifiers')).toBe(1);
  });

  it.each(['a\nb', 'a'.repeat(129)])('must be printable and short, not %j', async (name) => {
    const answer = await create('CreateServerCertificateWithCsr', {
      ...days,
      CustomIdentifier: name,
    });
    expect(answer.body.Code).toBe('InvalidCustomIdentifier');
  });
});

describe('a flag of KeyUsage', () => {
  const create = async (flags: object) => {
    const parameters = {
      ParentIdentifier: 'default',
      Csr: await makeCsrPem({ subject: [commonName('host.test')] }),
      Validity: '1d',
    };
    const flattened = Object.entries(flags).map(([flag, value]) => [
      `ApiPassthrough.Extensions.KeyUsage.${flag}`,
      String(value),
    ]);
    const ApiPassthrough = JSON.stringify({ Extensions: { KeyUsage: flags } });
    return [
      await ask('CreateCustomCertificate', { ...parameters, ...Object.fromEntries(flattened) }),
      await ask('CreateCustomCertificate', { ...parameters, ApiPassthrough }),
    ];
  };

  it.each(['true', 'True', 'TRUE'])('may be written %s', async (DigitalSignature) => {
    for (const { status, body } of await create({ DigitalSignature, DataEncipherment: 'False' })) {
      expect([status, body.Code]).toEqual([200, undefined]);
      const [block] = parsePem(String(body.Certificate));
      const { extensions } = parseCertificate(block?.der ?? new Uint8Array());
      expect(hasKeyUsage(extensions, 'digitalSignature')).toBe(true);
      expect(hasKeyUsage(extensions, 'dataEncipherment')).toBe(false);
    }
  });

  it.each(['yes', '1', ''])('must not be %j', async (DigitalSignature) => {
    for (const { body } of await create({ DigitalSignature })) {
      expect(body.Code).toBe('InvalidApiPassthrough');
    }
  });
});

describe('the key usages of CreateCustomCertificate', () => {
  const create = (csr: string, usage: string) =>
    ask('CreateCustomCertificate', {
      ParentIdentifier: 'default',
      Csr: csrPem(csr),
      Validity: '1d',
      [`ApiPassthrough.Extensions.KeyUsage.${usage}`]: 'true',
    });

  it.each([
    ['p-256-sha256', 'KeyEncipherment'],
    ['p-256-sha256', 'DataEncipherment'],
    ['ed25519', 'KeyEncipherment'],
    ['ed25519', 'KeyAgreement'],
    ['rsa-2048-sha256', 'KeyAgreement'],
    ['rsa-pss-2048', 'KeyEncipherment'],
  ])('are refused for %s with %s', async (csr, usage) => {
    const { status, body } = await create(csr, usage);
    expect([status, body.Code]).toEqual([400, 'InvalidKeyUsage']);
    expect(body.Message).toMatch(/cannot have the key usage .* \(RFC \d+ section/);
    expect(await countRows(worker.db, 'certificates')).toBe(0);
  });

  it.each([
    ['p-256-sha256', 'KeyAgreement'],
    ['rsa-2048-sha256', 'DataEncipherment'],
    ['rsa-pss-2048', 'NonRepudiation'],
  ])('are certified for %s with %s', async (csr, usage) => {
    const answer = await create(csr, usage);
    expect(answer.status, answer.text).toBe(200);
  });
});

describe('a failing database', () => {
  it.each(['before', 'after'] as const)(
    'neither loses a certificate nor returns an unrecorded one, failing %s any round trip',
    async (when) => {
      for (let trip = 1, done = false; !done; trip++) {
        worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
        await ask('DescribeCACertificate', { Identifier: 'default' });
        worker.failAt(trip, when);
        const { answer } = await issue();
        const certificates = await countRows(worker.db, 'certificates');
        expect(await countRows(worker.db, 'certificate_identifiers')).toBe(certificates);
        expect(await listEvents(worker, 'certificate.issue')).toHaveLength(certificates);
        if (answer.status === 200) expect(certificates).toBe(1);
        else expect(answer.body.Code).toBe('ServiceUnavailable');
        done = answer.status === 200;
        expect(trip).toBeLessThan(10);
      }
    },
  );
});

describe('an access key', () => {
  it('that is disabled reads and writes nothing', async () => {
    const key = await createKey(worker, ['yundun-cert:*']);
    expect((await issue({ key })).answer.status).toBe(200);
    await worker.db.prepare('UPDATE access_keys SET enabled = 0').run();
    const { answer } = await issue({ key });
    expect(answer.body.Code).toBe('InvalidAccessKeyId.Inactive');
    const list = await ask('ListClientCertificate', {}, { key });
    expect(list.body.Code).toBe('InvalidAccessKeyId.Inactive');
    expect(await countRows(worker.db, 'certificates')).toBe(1);
  });
});

describe('an authority that another isolate re-keyed', () => {
  it('issues with the new key', async () => {
    const made = await ask('CreateRootCACertificate', {
      CommonName: 'Old',
      Organization: 'O',
      OrganizationUnit: 'OU',
      Locality: 'L',
      State: 'ST',
      Algorithm: 'ECC_256',
      Years: '1',
    });
    expect(made.status, made.text).toBe(200);
    const ParentIdentifier = String(made.body.Identifier);
    const Csr = await makeCsrPem({ subject: [commonName('host.test')] });
    const create = () =>
      ask('CreateServerCertificateWithCsr', { ParentIdentifier, Csr, Days: '1' });
    expect((await create()).status).toBe(200);
    const elsewhere = await openWorker({ CALLS_PER_ACCESS_KEY: undefined }, worker.db);
    const rekeyed = await post(elsewhere, `/api/v1/authorities/${ParentIdentifier}/rekey`);
    expect(rekeyed).toMatchObject({ status: 200 });
    const answer = await create();
    expect(answer.status, answer.text).toBe(200);
    const serials = await worker.db
      .prepare("SELECT authority_id FROM certificates WHERE profile = 'cas-server' ORDER BY rowid")
      .all<{ authority_id: string }>();
    expect(serials.results.map((row) => row.authority_id)).toEqual([
      ParentIdentifier,
      `${ParentIdentifier}-2`,
    ]);
  });
});
