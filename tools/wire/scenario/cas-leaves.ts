import type { Client } from '../client.ts';
import { breakSignature } from '../openssl.ts';
import { callRpc } from './cas.ts';
import { leaf } from './certificates.ts';

type Parameters = Readonly<Record<string, string>>;

/** Leaf certificates by the RPC dialect. */
export async function recordLeafActions(client: Client): Promise<void> {
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
