import type { Client } from '../client.ts';
import { derivePem } from '../keys.ts';
import { sealEnvelope } from '../sign-requests.ts';
import { callBce } from './bce.ts';
import { callRpc } from './cas.ts';
import { leaf } from './certificates.ts';

/** One call of each kind against a server that lacks its secrets or its tables. */
export async function recordBroken(client: Client): Promise<void> {
  const { openssl } = client;
  const csr = openssl.makeCsrPem(leaf('broken'));
  const certificate = openssl.makeCertificate(leaf('broken'), null);
  const publics = [
    ...['/healthz', '/', '/api/ca/cacert', '/api/ca/crl', '/ca/default.crt', '/ca/default.pem'],
    ...[
      '/ca/default-cross.pem',
      '/crl/default.crl',
      '/crl/default/0.crl',
      '/crl/default/delta.crl',
    ],
    ...['/no-such', '/v1/no-such', '/api/ca/sign', '/api/ca/no-such'],
  ];
  for (const path of publics) await client.call(`GET ${path}`, `GET ${path}`, { as: null });
  const key = { name: 'x', scopes: ['*'] };
  const upload = { name: 'www', certificate, privateKey: derivePem('broken') };
  const calls: readonly (readonly [target: string, body?: unknown])[] = [
    ['GET /api/v1/certificates/1234567890abcdef'],
    ['POST /api/v1/certificates', csr],
    ['POST /api/v1/certificates/1234567890abcdef/revoke'],
    ['POST /api/v1/certificates/1234567890abcdef/release'],
    ['POST /api/v1/revocations', { account: 'root' }],
    ['GET /api/v1/authorities'],
    ['GET /api/v1/authorities/default'],
    ['POST /api/v1/authorities', { name: 'a', subject: 'CN=a' }],
    ['POST /api/v1/authorities/requests', { name: 'a', subject: 'CN=a' }],
    ['POST /api/v1/authorities/default/renew'],
    ['PUT /api/v1/authorities/default/ocsp-responder'],
    ['POST /api/v1/authorities/default/history', { certificates: [] }],
    ['GET /api/v1/audit'],
    ['GET /api/v1/audit/verify'],
    ['GET /api/v1/audit/checkpoint'],
    ['POST /api/v1/jobs/seal-audit'],
    ['POST /api/v1/jobs/renew-crl'],
    ['POST /api/v1/jobs/reseal'],
    ['GET /api/v1/accounts'],
    ['POST /api/v1/accounts', { name: 'a' }],
    ['GET /api/v1/access-keys'],
    ['POST /api/v1/access-keys', key],
    ['GET /api/v1/inventory'],
    ['POST /api/v1/inventory', upload],
    ['POST /api/v1/inventory', { name: 'c', certificate, type: 'client' }],
    ['GET /api/v1/external-ca-instances'],
    ['POST /api/v1/external-ca-instances', {}],
  ];
  for (const [index, [target, body]] of calls.entries()) {
    await client.call(`${index + 1}: ${target}`, target, { body });
  }
  const headers = { 'Idempotency-Key': 'broken-1' };
  await client.call('idempotency', 'POST /api/v1/accounts', { body: { name: 'a' }, headers });
  await client.call('an access key', 'GET /api/v1/accounts', {
    as: { id: 'ak-00000000000000000000', secret: 'x' },
  });
  const csr_body = sealEnvelope(client.sharedSecret, csr);
  const serial = sealEnvelope(client.sharedSecret, '1234567890ABCDEF');
  await client.call('openssl-ca: sign', 'POST /api/ca/sign', { as: null, body: { csr_body } });
  await client.call('openssl-ca: revoke', 'DELETE /api/ca/revoke', { as: null, body: { serial } });
  await callBce(client, 'list', 'GET', '/v1/certificate');
  await callBce(client, 'unknown', 'GET', '/v1/certificate/cert-000000000000');
  await callBce(client, 'add', 'POST', '/v1/certificate', {
    body: { certName: 'bce', certServerData: certificate, certPrivateData: derivePem('broken') },
  });
  await callBce(client, 'wrong secret', 'GET', '/v1/certificate', {
    as: { id: client.root.id, secret: 'x' },
  });
  await callRpc(client, 'describe', 'DescribeCACertificate', { Identifier: 'default' });
  await callRpc(client, 'list', 'DescribeCACertificateList', {}, { signature: 1 });
  await callRpc(client, 'root', 'CreateRootCACertificate', {
    ...{ CommonName: 'a', Organization: 'b', OrganizationUnit: 'c', Locality: 'd', State: 'e' },
    ...{ Years: '1', Algorithm: 'ECC_256' },
  });
  const ocsp = openssl.makeOcspRequest(certificate, ['12'], '-no_nonce');
  await client.call('ocsp', 'POST /ocsp/default', {
    as: null,
    body: ocsp,
    headers: { 'Content-Type': 'application/ocsp-request' },
  });
}
