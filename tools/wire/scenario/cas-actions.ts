import type { Client } from '../client.ts';
import { callRpc } from './cas.ts';
import { recordExternalCa } from './cas-external-ca.ts';
import { recordLeafActions } from './cas-leaves.ts';

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
