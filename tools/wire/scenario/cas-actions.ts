import type { Client } from '../client.ts';
import { breakSignature } from '../openssl.ts';
import { callRpc } from './cas.ts';
import { leaf } from './certificates.ts';

type Parameters = Readonly<Record<string, string>>;

/** Every action of the RPC dialect. */
export async function recordRpcActions(client: Client): Promise<void> {
  await recordCaActions(client);
  await recordLeafActions(client);
  await recordExternalCa(client);
  await recordReadingActions(client);
}

async function recordCaActions(client: Client): Promise<void> {
  const subject = {
    CommonName: 'Wire RPC CA',
    Organization: 'Wire',
    OrganizationUnit: 'Unit',
    Locality: 'Berlin',
    State: 'Berlin',
    CountryCode: 'DE',
    Years: '4',
  };
  const root = await callRpc(client, 'root', 'CreateRootCACertificate', {
    ...subject,
    Algorithm: 'ECC_256',
  });
  const id = client.keep('rpc root', root.at('Identifier'));
  const sub = {
    ...subject,
    CommonName: 'Wire RPC Sub',
    Algorithm: 'ECC_256',
    ParentIdentifier: id,
    Years: '2',
  };
  const made = await callRpc(client, 'sub', 'CreateSubCACertificate', {
    ...sub,
    PathLenConstraint: '0',
    'ExtendedKeyUsages.1': 'serverAuth',
    'ExtendedKeyUsages.2': 'clientAuth',
  });
  client.keep('rpc sub', made.at('Identifier'));
  const wrong: Readonly<Record<string, Parameters>> = {
    'no name': { CommonName: '' },
    'odd country': { CountryCode: 'DEU' },
    'no years': { Years: '' },
    'odd years': { Years: 'x' },
    'years beyond its parent': { Years: '90' },
    'no parent': { ParentIdentifier: '' },
    'unknown parent': { ParentIdentifier: 'no-such' },
    'no algorithm': { Algorithm: '' },
    SM2: { Algorithm: 'SM2_256' },
    RSA_1024: { Algorithm: 'RSA_1024' },
    'odd algorithm': { Algorithm: 'x' },
    'odd path length': { PathLenConstraint: '-1' },
    'odd usages': { 'ExtendedKeyUsages.1': 'flying' },
    'usages without 1': { 'ExtendedKeyUsages.2': 'serverAuth' },
  };
  for (const [name, change] of Object.entries(wrong)) {
    await callRpc(client, `sub, ${name}`, 'CreateSubCACertificate', { ...sub, ...change });
  }
  await callRpc(client, 'root, RSA', 'CreateRootCACertificate', {
    ...subject,
    Algorithm: 'RSA_2048',
  });
  await callRpc(client, 'root, no name', 'CreateRootCACertificate', { Years: '1' });
}

async function recordLeafActions(client: Client): Promise<void> {
  const { openssl } = client;
  const Csr = openssl.makeCsrPem(leaf('rpc'));
  const base = { ParentIdentifier: client.get('rpc sub'), Csr, Days: '30' };
  const server = await callRpc(client, 'server', 'CreateServerCertificateWithCsr', {
    ...base,
    Domain: 'a.example.test,192.0.2.1',
  });
  client.keep('rpc server', server.at('Identifier'));
  client.keep('serial of rpc server', server.at('SerialNumber'));
  const issued = await callRpc(client, 'client', 'CreateClientCertificateWithCsr', {
    ...base,
    SanType: '1',
    SanValue: 'a@example.test',
  });
  client.keep('rpc client', issued.at('Identifier'));
  const servers: Readonly<Record<string, Parameters>> = {
    'nothing but its name': { Immediately: '0' },
    'no chain': { Immediately: '1' },
    'odd Immediately': { Immediately: '5' },
    'a subject of its own': { CommonName: 'other', Country: 'FR', Organization: 'Other' },
    months: { Days: '', Months: '2' },
    years: { Days: '', Years: '1' },
    'no time': { Days: '' },
    'half a time': { Days: '', BeforeTime: '1767225600' },
    'odd days': { Days: '0' },
    'days beyond its parent': { Days: '4000' },
    'right algorithm': { Algorithm: 'ECC_256' },
    'wrong algorithm': { Algorithm: 'RSA_2048' },
    'no parent': { ParentIdentifier: '' },
    'unknown parent': { ParentIdentifier: 'no-such' },
    'revoked parent': { ParentIdentifier: client.get('id of edwards ca') },
    'no request': { Csr: '' },
    'broken request': { Csr: 'x' },
    'broken signature': { Csr: breakSignature(Csr) },
    'weak key': { Csr: openssl.makeCsrPem({ ...leaf('rpc'), key: client.get('weak key') }) },
    'odd key': { Csr: openssl.makeCsrPem({ ...leaf('rpc'), key: openssl.makeKey('ED448') }) },
    'blocked key': { Csr: openssl.makeCsrPem({ ...leaf('rpc'), key: 'compromised' }) },
    'odd domain': { Domain: 'a b' },
    'empty subject': { Csr: openssl.makeCsrPem({ key: 'rpc', subject: '/' }) },
  };
  for (const [name, change] of Object.entries(servers)) {
    await callRpc(client, `server, ${name}`, 'CreateServerCertificateWithCsr', {
      ...base,
      ...change,
    });
  }
  await callRpc(client, 'client, URI', 'CreateClientCertificateWithCsr', {
    ...base,
    SanType: '6',
    SanValue: 'https://a.test/',
  });
  await callRpc(client, 'client, odd type', 'CreateClientCertificateWithCsr', {
    ...base,
    SanType: '9',
    SanValue: 'a',
  });
  await recordCustom(client, { ParentIdentifier: base.ParentIdentifier, Csr, Validity: '30d' });
}

async function recordCustom(client: Client, base: Parameters): Promise<void> {
  const custom = (name: string, passthrough: unknown, change: Parameters = {}) =>
    callRpc(client, `custom, ${name}`, 'CreateCustomCertificate', {
      ...base,
      ...(passthrough === null
        ? {}
        : {
            ApiPassthrough:
              typeof passthrough === 'string' ? passthrough : JSON.stringify(passthrough),
          }),
      ...change,
    });
  await custom('nothing asked', null);
  await custom('all asked', {
    Subject: { Country: 'DE', CommonName: 'custom', Organization: 'Wire' },
    Extensions: {
      KeyUsage: { DigitalSignature: true, NonRepudiation: 'true' },
      ExtendedKeyUsages: ['clientAuth', '1.3.6.1.5.5.7.3.1'],
      SubjectAlternativeNames: [
        { Type: 'dNSName', Value: 'c.example.test' },
        { Type: 'iPAddress', Value: '192.0.2.9' },
        { Type: 'rfc822Name', Value: 'c@example.test' },
        { Type: 'uniformResourceIdentifier', Value: 'https://c.test/' },
      ],
      Criticals: ['KeyUsage'],
    },
  });
  await custom('flattened', null, {
    'ApiPassthrough.Subject.CommonName': 'flat',
    'ApiPassthrough.Extensions.ExtendedKeyUsages.1': 'serverAuth',
  });
  await custom('twice', {}, { 'ApiPassthrough.Subject.CommonName': 'flat' });
  for (const [name, passthrough] of Object.entries({
    'no JSON': '{',
    'an array': [],
    'unknown field': { Other: 1 },
    'unknown subject field': { Subject: { Street: 'x' } },
    'subject field as number': { Subject: { CommonName: 5 } },
    'no key usage': { Extensions: { KeyUsage: { DigitalSignature: false } } },
    'odd key usage': { Extensions: { KeyUsage: { DigitalSignature: 5 } } },
    'unknown key usage': { Extensions: { KeyUsage: { KeyCertSign: true } } },
    'encipher only': { Extensions: { KeyUsage: { EncipherOnly: true } } },
    'key encipherment by an EC key': { Extensions: { KeyUsage: { KeyEncipherment: true } } },
    'odd usage': { Extensions: { ExtendedKeyUsages: ['flying'] } },
    'any usage': { Extensions: { ExtendedKeyUsages: ['2.5.29.37.0'] } },
    'OCSP usage': { Extensions: { ExtendedKeyUsages: ['OCSPSigning'] } },
    'no usages': { Extensions: { ExtendedKeyUsages: [] } },
    'usage that the CA forbids': { Extensions: { ExtendedKeyUsages: ['codeSigning'] } },
    'odd name type': { Extensions: { SubjectAlternativeNames: [{ Type: 'x', Value: 'a' }] } },
    'odd critical': { Extensions: { Criticals: ['SubjectAlternativeNames'] } },
  })) {
    await custom(name, passthrough);
  }
  for (const Validity of [
    '',
    'x',
    '0d',
    '3y',
    '1m',
    '2090-01-01T00:00:00Z',
    '2020-01-01T00:00:00Z/2090-01-01T00:00:00Z',
  ]) {
    await custom(`validity "${Validity}"`, null, { Validity });
  }
}

async function recordExternalCa(client: Client): Promise<void> {
  const { openssl } = client;
  const Csr = openssl.makeCsrPem({ key: 'external', subject: '/C=DE/O=Wire/CN=External CA' });
  const action = 'CreateExternalCACertificate';
  const base = { InstanceId: client.get('instance plain'), Csr, Validity: '100d' };
  const spare = client.get('instance spare');
  const refused: Readonly<Record<string, Parameters>> = {
    'no instance': { InstanceId: '' },
    'unknown instance': { InstanceId: 'cas_deposit-cn-000000000000' },
    'refunded instance': { InstanceId: client.get('instance to refund') },
    'no request': { Csr: '' },
    'broken request': { Csr: 'x' },
    'broken signature': { Csr: breakSignature(Csr) },
    'weak key': {
      Csr: openssl.makeCsrPem({ key: client.get('weak key'), subject: '/CN=Weak CA' }),
    },
    'no validity': { Validity: '' },
    'odd validity': { Validity: 'x' },
    'long validity': { Validity: '20y' },
    'long path': { ApiPassthrough: JSON.stringify({ Extensions: { PathLenConstraint: 3 } }) },
    'odd path': { ApiPassthrough: JSON.stringify({ Extensions: { PathLenConstraint: 'x' } }) },
    'odd usages': {
      ApiPassthrough: JSON.stringify({ Extensions: { ExtendedKeyUsages: ['flying'] } }),
    },
    'odd country': { ApiPassthrough: JSON.stringify({ Subject: { Country: 'DEU' } }) },
    'subject of its issuer': {
      ApiPassthrough: JSON.stringify({ Subject: { CommonName: 'Signet Root CA' } }),
    },
    'empty subject': { Csr: openssl.makeCsrPem({ key: 'external', subject: '/' }) },
  };
  for (const [name, change] of Object.entries(refused)) {
    await callRpc(client, `external, ${name}`, action, { ...base, InstanceId: spare, ...change });
  }
  const made = await callRpc(client, 'external', action, base);
  client.keep('rpc external', made.at('Identifier'));
  await callRpc(client, 'external, used', action, base);
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  await callRpc(
    client,
    'external, of another account',
    action,
    { ...base, InstanceId: spare },
    { as: web },
  );
  await callRpc(
    client,
    'external, asked for much',
    action,
    {
      ...base,
      Csr: openssl.makeCsrPem({ key: 'external-2', subject: '/CN=x' }),
      InstanceId: client.get('instance for an account'),
      Validity: '50d',
      ApiPassthrough: JSON.stringify({
        Subject: { Country: 'DE', CommonName: 'External Two' },
        Extensions: { PathLenConstraint: 1, ExtendedKeyUsages: ['serverAuth'] },
      }),
    },
    { as: web, signature: 1 },
  );
}

async function recordReadingActions(client: Client): Promise<void> {
  const reads: readonly (readonly [action: string, ...parameters: Parameters[]])[] = [
    [
      'GetCAInstanceStatus',
      { InstanceId: client.get('instance plain') },
      { InstanceId: client.get('instance spare') },
      { Identifier: client.get('rpc external') },
      {},
      { InstanceId: 'x' },
      { Identifier: 'x' },
    ],
    [
      'GetCaInstanceCrlAddress',
      { CaIdentifier: 'default' },
      { Uuid: 'default' },
      { CaIdentifier: client.get('rpc sub') },
      {},
      { CaIdentifier: 'x' },
    ],
    [
      'DescribeCACertificate',
      { Identifier: 'default' },
      { Identifier: client.get('rpc sub') },
      { Identifier: client.get('id of pending ca') },
      {},
      { Identifier: 'x' },
    ],
    [
      'DescribeCACertificateList',
      {},
      { CertType: 'root' },
      { CertType: 'subRoot', CaStatus: 'revoke' },
      { CertType: 'x' },
      { CaStatus: 'x' },
      { IssuerType: 'external' },
      { ValidStatus: 'notValid' },
      { ShowSize: '0' },
      { CurrentPage: '99' },
      { Identifier: 'default' },
    ],
    [
      'DescribeClientCertificate',
      { Identifier: client.get('rpc server') },
      { Identifier: client.get('rpc external') },
      {},
      { Identifier: 'x' },
    ],
    [
      'ListClientCertificate',
      {},
      { Identifier: client.get('rpc client') },
      { Identifier: 'x' },
      { ShowSize: '2', CurrentPage: '2' },
      { ShowSize: '101' },
    ],
    [
      'CreateRevokeClientCertificate',
      { Identifier: client.get('rpc server') },
      { Identifier: client.get('rpc server') },
      {},
      { Identifier: 'x' },
    ],
    [
      'UpdateCACertificateStatus',
      { Identifier: client.get('rpc external'), Status: 'REVOKE' },
      { Identifier: client.get('rpc external'), Status: 'REVOKE' },
      { Identifier: client.get('rpc sub'), Status: 'FORBIDDEN' },
      { Identifier: client.get('rpc sub'), Status: 'REVOKE' },
      { Identifier: client.get('rpc sub'), Status: 'REVOKE' },
      { Identifier: 'x', Status: 'REVOKE' },
      { Status: 'REVOKE' },
      { Identifier: 'x' },
    ],
  ];
  for (const [action, ...calls] of reads) {
    for (const [index, parameters] of calls.entries()) {
      const unordered = { as: null, unordered: action === 'DescribeCACertificateList' };
      await callRpc(client, `${action} ${index + 1}`, action, parameters, {
        extra: {},
        ...(unordered.unordered ? { signature: 1, method: 'GET', extra: unordered } : {}),
      });
    }
  }
  await callRpc(client, 'DescribeClientCertificate, revoked', 'DescribeClientCertificate', {
    Identifier: client.get('rpc server'),
  });
  await client.call('publish: list of an RPC root', `GET /crl/${client.get('rpc root')}.crl`, {
    as: null,
  });
}
