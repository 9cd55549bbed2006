import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccessKey, callAction } from './alibaba-sdk.ts';
import { authorization, download } from './api-client.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** For custom certificates; servers and clients need no configuration. */
const PROFILES = {
  vpn: { validityDays: 100, extendedKeyUsages: ['clientAuth', '1.3.6.1.5.5.7.3.17'] },
  ocsp: { validityDays: 100, extendedKeyUsages: ['OCSPSigning'] },
};
const SUBJECT = {
  CommonName: 'Actions CA',
  Organization: 'Interop, Inc.',
  OrganizationUnit: 'Security',
  Locality: 'Hangzhou',
  State: 'Zhejiang',
  CountryCode: 'CN',
};

describe.skipIf(openssl.missing)(openssl.title("the vendor's Node SDK calls"), () => {
  const work = makeWorkDirectory();
  let server: RunningServer;
  let tenant: AccessKey;

  beforeAll(async () => {
    server = await startServer({ vars: { PROFILES: JSON.stringify(PROFILES) } });
    tenant = await createTenant(['yundun-cert:*']);
  });
  afterAll(async () => {
    await server.stop();
    work.remove();
  });

  async function post(path: string, body: object) {
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { Authorization: authorization(server) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 201) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  async function createTenant(scopes: readonly string[]): Promise<AccessKey> {
    const { id: accountId } = await post('/api/v1/accounts', { name: 'A tenant' });
    const { id, secret } = await post('/api/v1/access-keys', { accountId, name: 'Key', scopes });
    return { id, secret };
  }

  function makeRequest(name: string, ...more: readonly string[]): string {
    const csrPath = join(work.path, `${name}.csr`);
    run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', `/O=Interop/CN=${name}`, '-keyout', join(work.path, `${name}.key`)],
      ...['-out', csrPath, ...more],
    ]);
    return readFileSync(csrPath, 'utf8');
  }

  async function ask(action: string, parameters: Record<string, string>, key?: AccessKey) {
    const { statusCode, body } = await callAction(server, action, parameters, key);
    expect(statusCode).toBe(200);
    expect(body).not.toHaveProperty('Code');
    const answer: Readonly<Record<string, unknown>> = body;
    return answer;
  }

  async function refuse(
    action: string,
    parameters: Record<string, string>,
    code: string,
    key?: AccessKey,
  ) {
    await expect(callAction(server, action, parameters, key)).rejects.toMatchObject({ code });
  }

  async function verify(
    certificate: unknown,
    purpose: 'sslserver' | 'sslclient',
    { roots, untrusted }: { roots?: string; untrusted?: string } = {},
  ) {
    const trusted = roots ?? (await download(server, '/ca/default.pem'));
    const { code, stdout, stderr } = tryRun('openssl', [
      ...['verify', '-x509_strict', '-purpose', purpose],
      ...['-CAfile', work.write('roots.pem', trusted)],
      ...(untrusted === undefined ? [] : ['-untrusted', work.write('untrusted.pem', untrusted)]),
      work.write('verified.pem', String(certificate)),
    ]);
    return code === 0 ? 'OK' : `${stdout}${stderr}`;
  }

  const forServer = (name: string, more: Record<string, string> = {}) => ({
    ParentIdentifier: 'default',
    Csr: makeRequest(name),
    Days: '30',
    ...more,
  });

  async function issue(name: string, key?: AccessKey): Promise<string> {
    const parameters = forServer(name, { CommonName: `${name}.test` });
    return String((await ask('CreateServerCertificateWithCsr', parameters, key)).Identifier);
  }

  describe('CreateServerCertificateWithCsr', () => {
    it('and gets a server certificate that openssl accepts', async () => {
      const answer = await ask(
        'CreateServerCertificateWithCsr',
        forServer('server', {
          Csr: makeRequest('server', '-addext', 'subjectAltName=DNS:in.csr.test'),
          Domain: 'www.example.test, 192.0.2.1',
          Algorithm: 'ECC_256',
          Country: 'CN',
          Organization: 'A company',
          Immediately: '2',
        }),
      );
      expect(answer).toEqual({
        RequestId: expect.any(String),
        Identifier: expect.stringMatching(UUID),
        SerialNumber: expect.stringMatching(/^[0-9a-f]+$/),
        X509Certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/),
        CertificateChain: await download(server, '/ca/default.pem'),
      });
      expect(await verify(answer.X509Certificate, 'sslserver')).toBe('OK');
      expect(await verify(answer.X509Certificate, 'sslclient')).not.toBe('OK');
      const { stdout } = run('openssl', ['x509', '-noout', '-text'], {
        input: String(answer.X509Certificate),
      });
      expect(stdout).toMatch(/Subject: C ?= ?CN, O ?= ?A company, CN ?= ?server/);
      expect(stdout).toContain('DNS:in.csr.test, DNS:www.example.test, IP Address:192.0.2.1');
    });

    it('and gets only the parts that Immediately asks for', async () => {
      for (const [immediately, fields] of [
        ['0', []],
        ['1', ['X509Certificate']],
      ] as const) {
        const answer = await ask(
          'CreateServerCertificateWithCsr',
          forServer('immediately', { Immediately: immediately }),
        );
        expect(Object.keys(answer).sort()).toEqual(
          ['Identifier', 'RequestId', 'SerialNumber', ...fields].sort(),
        );
      }
    });

    it('and gets exactly the requested validity', async () => {
      const begin = Math.floor(Date.now() / 1000) - 60;
      const time = { BeforeTime: String(begin), AfterTime: String(begin + 86_400) };
      const parameters = forServer('time', { ...time, Days: '' });
      const { Identifier } = await ask('CreateServerCertificateWithCsr', parameters);
      const { Certificate } = await ask('DescribeClientCertificate', {
        Identifier: String(Identifier),
      });
      expect(Certificate).toMatchObject({
        BeforeDate: begin * 1000,
        AfterDate: (begin + 86_400) * 1000,
        Days: 1,
      });
    });

    it('and gets an error for each wrong parameter', async () => {
      const action = 'CreateServerCertificateWithCsr';
      const good = forServer('wrong');
      await refuse(action, { ...good, Algorithm: 'SM2_256' }, 'InvalidAlgorithm');
      await refuse(action, { ...good, Algorithm: 'RSA_2048' }, 'InvalidAlgorithm');
      await refuse(action, { ...good, Days: '' }, 'MissingDays');
      await refuse(action, { ...good, Days: '0' }, 'InvalidDays');
      await refuse(action, { ...good, Days: '40000' }, 'InvalidValidity');
      await refuse(action, { ...good, AfterTime: '1' }, 'InvalidBeforeTime');
      await refuse(action, { ...good, Domain: 'not a host' }, 'InvalidCsr');
      await refuse(action, { ...good, Immediately: '3' }, 'InvalidImmediately');
      await refuse(action, { ...good, Csr: '' }, 'MissingCsr');
      await refuse(action, { ...good, Country: 'XX' }, 'InvalidSubject');
      await refuse(action, { ...good, ParentIdentifier: 'ca-nobody' }, 'CACertificateNotFound');
    });
  });

  it('CreateClientCertificateWithCsr', async () => {
    const names = { SanType: '1', SanValue: 'a@example.test,b@example.test' };
    const parameters = { ParentIdentifier: 'default', Csr: makeRequest('client'), Years: '1' };
    const answer = await ask('CreateClientCertificateWithCsr', { ...parameters, ...names });
    expect(await verify(answer.X509Certificate, 'sslclient')).toBe('OK');
    expect(await verify(answer.X509Certificate, 'sslserver')).not.toBe('OK');
    const { Certificate } = await ask('DescribeClientCertificate', {
      Identifier: String(answer.Identifier),
    });
    expect(Certificate).toMatchObject({
      CertificateType: 'CLIENT',
      Sans: '[{"Type":1,"Value":"a@example.test"},{"Type":1,"Value":"b@example.test"}]',
    });
    const twoNames = { ...parameters, ...names, SanType: '2' };
    await refuse('CreateClientCertificateWithCsr', twoNames, 'InvalidSanType');
  });

  it('CreateCustomCertificate', async () => {
    const flattened = {
      'ApiPassthrough.Subject.CommonName': 'custom',
      'ApiPassthrough.Subject.Country': 'CN',
      'ApiPassthrough.Extensions.KeyUsage.DigitalSignature': 'true',
      'ApiPassthrough.Extensions.KeyUsage.NonRepudiation': 'true',
      'ApiPassthrough.Extensions.KeyUsage.KeyAgreement': 'false',
      'ApiPassthrough.Extensions.ExtendedKeyUsages.1': 'clientAuth',
      'ApiPassthrough.Extensions.ExtendedKeyUsages.2': '1.3.6.1.5.5.7.3.17',
      'ApiPassthrough.Extensions.SubjectAlternativeNames.1.Type': 'dNSName',
      'ApiPassthrough.Extensions.SubjectAlternativeNames.1.Value': 'custom.test',
      'ApiPassthrough.Extensions.SubjectAlternativeNames.2.Type': 'iPAddress',
      'ApiPassthrough.Extensions.SubjectAlternativeNames.2.Value': '2001:DB8::0001',
      'ApiPassthrough.Extensions.Criticals.1': 'KeyUsage',
    };
    const good = {
      ParentIdentifier: 'default',
      Csr: makeRequest('replaced', '-addext', 'subjectAltName=DNS:replaced.test'),
      Validity: '3m',
    };
    const answer = await ask('CreateCustomCertificate', {
      ...good,
      ...flattened,
      Immediately: '1',
    });
    expect(Object.keys(answer).sort()).toEqual([
      ...['Certificate', 'Identifier', 'RequestId', 'SerialNumber'],
    ]);
    expect(await verify(answer.Certificate, 'sslclient')).toBe('OK');
    const { stdout } = run('openssl', ['x509', '-noout', '-text'], {
      input: String(answer.Certificate),
    });
    expect(stdout).toMatch(/Subject: C ?= ?CN, CN ?= ?custom\n/);
    expect(stdout).toMatch(/Key Usage: critical\n *Digital Signature, Non Repudiation\n/);
    expect(stdout).toContain('TLS Web Client Authentication, ipsec Internet Key Exchange');
    expect(stdout).toContain('DNS:custom.test, IP Address:2001:DB8:0:0:0:0:0:1');
    expect(stdout).not.toContain('replaced');

    const bare = await ask('CreateCustomCertificate', good);
    const bareText = run('openssl', ['x509', '-noout', '-text'], {
      input: String(bare.Certificate),
    }).stdout;
    expect(bareText).toContain('TLS Web Server Authentication, TLS Web Client Authentication');
    expect(bareText).toContain('DNS:replaced.test');

    const pass = (fields: object) => ({ ...good, ApiPassthrough: JSON.stringify(fields) });
    const action = 'CreateCustomCertificate';
    for (const fields of [
      { SerialNumber: '1' },
      { Subject: { CustomAttributes: [] } },
      { Extensions: { KeyUsage: { DecipherOnly: true } } },
      { Extensions: { KeyUsage: { KeyCertSign: true } } },
      { Extensions: { KeyUsage: {} } },
      { Extensions: { Criticals: ['SubjectAlternativeNames'] } },
      { Extensions: { SubjectAlternativeNames: [{ Type: 'otherName', Value: 'a' }] } },
      { Extensions: { PathLenConstraint: 0 } },
    ]) {
      await refuse(action, pass(fields), 'InvalidApiPassthrough');
    }
    const names = [{ Type: 'iPAddress', Value: '1.2.3' }];
    const wrong = pass({ Extensions: { SubjectAlternativeNames: names } });
    await refuse(action, wrong, 'InvalidCsr');
    await refuse(action, { ...good, Validity: '1w' }, 'InvalidValidity');
    await refuse(action, { ...good, Validity: '11y' }, 'InvalidValidity');
    const code = pass({ Extensions: { ExtendedKeyUsages: ['codeSigning'] } });
    await refuse(action, code, 'InvalidExtendedKeyUsages');

    const responder = pass({ Extensions: { ExtendedKeyUsages: ['OCSPSigning'] } });
    await refuse(action, responder, 'InvalidExtendedKeyUsages', tenant);
    const inCsr = makeRequest('responder', '-addext', 'extendedKeyUsage=OCSPSigning');
    await refuse(action, { ...good, Csr: inCsr }, 'InvalidExtendedKeyUsages', tenant);
    await ask(action, responder);
  });

  it('DescribeClientCertificate', async () => {
    const identifier = await issue('described');
    const { Certificate } = await ask('DescribeClientCertificate', { Identifier: identifier });
    const ca = await download(server, '/ca/default.pem');
    const pem = String(Object(Certificate).X509Certificate);
    const fingerprint = (hash: string) =>
      run('openssl', ['x509', '-noout', '-fingerprint', hash], { input: pem })
        .stdout.replace(/^.*=/, '')
        .replaceAll(':', '')
        .trim()
        .toLowerCase();
    expect(Certificate).toEqual({
      Id: expect.toSatisfy(Number.isSafeInteger),
      Identifier: identifier,
      ParentIdentifier: 'default',
      Status: 'ISSUE',
      CertificateType: 'SERVER',
      Algorithm: 'ECC',
      KeySize: 256,
      FullAlgorithm: 'ECC_256',
      UploadFlag: 0,
      CertChain: `${pem}${ca}`,
      SignAlgorithm: 'SHA256WITHECDSA',
      AfterDate: expect.any(Number),
      BeforeDate: expect.any(Number),
      Days: 30,
      CommonName: 'described.test',
      CountryCode: '',
      State: '',
      Locality: '',
      Organization: '',
      OrganizationUnit: '',
      SubjectDN: 'CN=described.test',
      SerialNumber: expect.stringMatching(/^[0-9a-f]+$/),
      Sans: '[{"Type":2,"Value":"described.test"}]',
      Md5: fingerprint('-md5'),
      Sha2: fingerprint('-sha256'),
      X509Certificate: pem,
    });
    await refuse('DescribeClientCertificate', {}, 'MissingIdentifier');
    const Identifier = crypto.randomUUID();
    await refuse('DescribeClientCertificate', { Identifier }, 'CertificateNotFound');
  });

  it("ListClientCertificate, which lists the account's own certificates, newest first", async () => {
    const mine = [await issue('one', tenant), await issue('two', tenant)];
    const page = { CurrentPage: '1', ShowSize: '1' };
    const listed = await ask('ListClientCertificate', page, tenant);
    expect(listed).toMatchObject({ TotalCount: 2, PageCount: 2, CurrentPage: 1, ShowSize: 1 });
    expect(listed.CertificateList).toMatchObject([{ Identifier: mine[1] }]);
    const second = await ask('ListClientCertificate', { ...page, CurrentPage: '2' }, tenant);
    expect(second.CertificateList).toMatchObject([{ Identifier: mine[0] }]);
    const all = await ask('ListClientCertificate', {});
    expect(Number(all.TotalCount)).toBeGreaterThan(2);
    const named = { Identifier: mine[0] ?? '' };
    expect((await ask('ListClientCertificate', named)).TotalCount).toBe(1);

    const other = await createTenant(['yundun-cert:*']);
    expect((await ask('ListClientCertificate', {}, other)).TotalCount).toBe(0);
    expect((await ask('ListClientCertificate', named, other)).TotalCount).toBe(0);
    await refuse('DescribeClientCertificate', named, 'CertificateNotFound', other);
    await refuse('CreateRevokeClientCertificate', named, 'CertificateNotFound', other);
    await refuse('ListClientCertificate', { ShowSize: '101' }, 'InvalidShowSize');
  });

  it('CreateRevokeClientCertificate', async () => {
    const Identifier = await issue('revoked', tenant);
    expect(await ask('CreateRevokeClientCertificate', { Identifier }, tenant)).toEqual({
      RequestId: expect.any(String),
    });
    const { Certificate } = await ask('DescribeClientCertificate', { Identifier });
    expect(Certificate).toMatchObject({ Status: 'REVOKE' });
    const { CrlUrl } = await ask('GetCaInstanceCrlAddress', { CaIdentifier: 'default' });
    const crl = await fetch(new URL(new URL(String(CrlUrl)).pathname, server.url));
    const { stdout } = run('openssl', ['crl', '-inform', 'DER', '-noout', '-text'], {
      input: new Uint8Array(await crl.arrayBuffer()),
    });
    const serial = Object(Certificate).SerialNumber;
    expect(stdout.toLowerCase()).toContain(serial);
    await refuse('CreateRevokeClientCertificate', { Identifier }, 'CertificateAlreadyRevoked');
  });

  it('GetCaInstanceCrlAddress', async () => {
    const answer = await ask('GetCaInstanceCrlAddress', { CaIdentifier: 'default' });
    expect(answer).toEqual({
      RequestId: expect.any(String),
      CaInstanceStatus: 'normal',
      CaType: 'ROOT',
      CrlUrl: expect.stringMatching(/\/crl\/default\.crl$/),
      HashCode: expect.stringMatching(/^[0-9a-f]{64}$/),
      NextUpdateTime: expect.stringMatching(/^\d{13}$/),
    });
    await refuse('GetCaInstanceCrlAddress', {}, 'MissingCaIdentifier');
  });

  it('GetCAInstanceStatus', async () => {
    const { instanceId } = await post('/api/v1/external-ca-instances', {});
    const status = async (parameters: Record<string, string>) =>
      (await ask('GetCAInstanceStatus', parameters)).InstanceStatusList;
    const free = {
      InstanceId: instanceId,
      Type: 'SUB_ROOT',
      CertTotalCount: 1,
      UseExpireTime: Date.UTC(9999, 11, 31, 23, 59, 59),
    };
    expect(await status({ InstanceId: instanceId })).toEqual([
      { ...free, Status: 'BUY', CertIssuedCount: 0 },
    ]);
    const { Identifier } = await ask('CreateExternalCACertificate', {
      InstanceId: instanceId,
      Csr: makeRequest('external'),
      Validity: '1y',
    });
    const used = {
      ...free,
      Status: 'USED',
      CertIssuedCount: 1,
      Identifier,
      BeforeTime: expect.any(Number),
      AfterTime: expect.any(Number),
    };
    expect(await status({ InstanceId: instanceId })).toEqual([used]);
    expect(await status({ Identifier: String(Identifier) })).toEqual([used]);
    const named = { Identifier: String(Identifier) };
    await refuse('DescribeClientCertificate', named, 'CertificateNotFound');
    const described = await ask('DescribeCACertificate', named);
    const pem = String(Object(described.Certificate).X509Certificate);
    expect(described).toMatchObject({
      Years: 1,
      Certificate: {
        Identifier,
        ParentIdentifier: 'default',
        CertificateType: 'SUB_ROOT',
        Status: 'ISSUE',
        CommonName: 'external',
        FullAlgorithm: 'ECC_256',
        IssuerType: 'local',
        CaCertChain: `${pem}${await download(server, '/ca/default.pem')}`,
        Years: 1,
      },
    });
    await refuse('DescribeCACertificate', named, 'CACertificateNotFound', tenant);
    await refuse('UpdateCACertificateStatus', { ...named, Status: 'ISSUE' }, 'InvalidStatus');
    await ask('UpdateCACertificateStatus', { ...named, Status: 'REVOKE' });
    expect(await status(named)).toEqual([{ ...used, Status: 'REVOKE' }]);
    const revoked = await ask('DescribeCACertificate', named);
    expect(revoked.Certificate).toMatchObject({ Status: 'REVOKE' });
    await refuse('GetCAInstanceStatus', {}, 'MissingInstanceId');
    await refuse('GetCAInstanceStatus', { InstanceId: instanceId }, 'InstanceNotFound', tenant);
  });

  it('DescribeCACertificate', async () => {
    const { Certificate, Years } = await ask('DescribeCACertificate', { Identifier: 'default' });
    expect(Certificate).toMatchObject({
      Identifier: 'default',
      CertificateType: 'ROOT',
      Status: 'ISSUE',
      Algorithm: 'ECC',
      FullAlgorithm: 'ECC_256',
      CertTotalCount: 2 ** 31 - 1,
      CertMaxTime: 3653,
      CrlDay: 7,
      CrlStatus: 'ACTIVE',
      CaCertChain: await download(server, '/ca/default.pem'),
      X509Certificate: await download(server, '/ca/default.pem'),
      Years,
    });
    expect(Certificate).not.toHaveProperty('ParentIdentifier');
    const { CertIssuedCount } = Object(Certificate);
    await issue('counted');
    const again = await ask('DescribeCACertificate', { Identifier: 'default' });
    expect(again.Certificate).toMatchObject({
      CertIssuedCount: CertIssuedCount + 1,
      CertRemainingCount: 2 ** 31 - 1 - (CertIssuedCount + 1),
    });
    const Identifier = 'ca-nobody';
    await refuse('DescribeCACertificate', { Identifier }, 'CACertificateNotFound');
  });

  it('CreateRootCACertificate, CreateSubCACertificate and, to revoke, UpdateCACertificateStatus', async () => {
    const root = await ask('CreateRootCACertificate', {
      ...SUBJECT,
      Algorithm: 'ECC_384',
      Years: '10',
    });
    expect(root.CertificateChain).toBe(root.Certificate);
    const rootId = String(root.Identifier);
    const sub = await ask('CreateSubCACertificate', {
      ...SUBJECT,
      CommonName: 'Issuing CA',
      Algorithm: 'ECC_256',
      Years: '5',
      ParentIdentifier: rootId,
      'ExtendedKeyUsages.1': 'serverAuth',
    });
    const subId = String(sub.Identifier);
    // The issuers, as for every certificate.
    expect(sub.CertificateChain).toBe(root.Certificate);
    const { Certificate } = await ask('DescribeCACertificate', { Identifier: subId });
    expect(Certificate).toMatchObject({
      CertificateType: 'SUB_ROOT',
      ParentIdentifier: rootId,
      Organization: 'Interop, Inc.',
      CountryCode: 'CN',
      CaCertChain: `${sub.Certificate}${root.Certificate}`,
      Years: 5,
    });
    const listed = await ask('DescribeCACertificateList', { CertType: 'subRoot' });
    expect(listed).toMatchObject({ TotalCount: 1, PageCount: 1, CurrentPage: 1, ShowSize: 20 });
    expect(listed.CertificateList).toMatchObject([
      { Identifier: subId, ParentIdentifier: rootId, Alias: 'Issuing CA' },
    ]);
    expect((await ask('DescribeCACertificateList', {})).TotalCount).toBe(3);

    const leaf = await ask('CreateServerCertificateWithCsr', {
      ...forServer('below', { Domain: 'below.test' }),
      ParentIdentifier: subId,
    });
    const chain = { roots: String(root.Certificate), untrusted: String(sub.Certificate) };
    expect(await verify(leaf.X509Certificate, 'sslserver', chain)).toBe('OK');
    const client = { ParentIdentifier: subId, Csr: makeRequest('not-here'), Days: '1' };
    await refuse('CreateClientCertificateWithCsr', client, 'InvalidExtendedKeyUsages');

    // It belongs to the account root: others may use it, but not revoke it.
    const revocation = { Identifier: subId, Status: 'REVOKE' };
    await refuse('UpdateCACertificateStatus', revocation, 'CACertificateNotFound', tenant);
    await ask('UpdateCACertificateStatus', revocation);
    const after = await ask('DescribeCACertificateList', { CaStatus: 'revoke' });
    expect(after.CertificateList).toMatchObject([{ Identifier: subId, Status: 'REVOKE' }]);
    const late = { ...forServer('late'), ParentIdentifier: subId };
    await refuse('CreateServerCertificateWithCsr', late, 'ServiceUnavailable');
  });

  it('for a CA that other accounts do not see', async () => {
    const { Identifier } = await ask(
      'CreateRootCACertificate',
      { ...SUBJECT, CommonName: 'Of a tenant', Algorithm: 'ECC_256', Years: '1' },
      tenant,
    );
    const named = { Identifier: String(Identifier) };
    await ask('DescribeCACertificate', named, tenant);
    await ask('DescribeCACertificate', named);
    const other = await createTenant(['yundun-cert:*']);
    await refuse('DescribeCACertificate', named, 'CACertificateNotFound', other);
    const parameters = { ...forServer('foreign'), ParentIdentifier: named.Identifier };
    await refuse('CreateServerCertificateWithCsr', parameters, 'CACertificateNotFound', other);
    const { CertificateList } = await ask('DescribeCACertificateList', {}, other);
    expect(JSON.stringify(CertificateList)).not.toContain(named.Identifier);
  });

  it('only if the access key has the scope', async () => {
    const reader = await createTenant(['yundun-cert:ListClientCertificate']);
    await ask('ListClientCertificate', {}, reader);
    const identifier = { Identifier: await issue('forbidden') };
    for (const [action, parameters] of [
      ['CreateServerCertificateWithCsr', forServer('no')],
      ['CreateRevokeClientCertificate', identifier],
      ['DescribeCACertificateList', {}],
      ['GetCaInstanceCrlAddress', { CaIdentifier: 'default' }],
      ['CreateRootCACertificate', { ...SUBJECT, Algorithm: 'ECC_256', Years: '1' }],
    ] as const) {
      await refuse(action, { ...parameters }, 'Forbidden.RAM', reader);
    }
    const { Certificate } = await ask('DescribeClientCertificate', identifier);
    expect(Certificate).toMatchObject({ Status: 'ISSUE' });
  });

  it('without success for SM2 and for actions that are not offered', async () => {
    const sm2 = { ...SUBJECT, Algorithm: 'SM2_256', Years: '1' };
    await refuse('CreateRootCACertificate', sm2, 'InvalidAlgorithm');
    await refuse('DescribeCertificatePrivateKey', {}, 'InvalidAction.NotFound');
  });
});
