import type { Client } from '../client.ts';

const API_PATHS = [
  '/api/v1/certificates',
  '/api/v1/certificates/00',
  '/api/v1/certificates/00/revoke',
  '/api/v1/certificates/00/release',
  '/api/v1/revocations',
  '/api/v1/revocations/key-proof',
  '/api/v1/authorities',
  '/api/v1/authorities/requests',
  '/api/v1/authorities/import',
  '/api/v1/authorities/no-such',
  '/api/v1/authorities/no-such/certificate',
  '/api/v1/authorities/no-such/renew',
  '/api/v1/authorities/no-such/rekey',
  '/api/v1/authorities/no-such/disable',
  '/api/v1/authorities/no-such/enable',
  '/api/v1/authorities/no-such/revoke',
  '/api/v1/authorities/no-such/ocsp-responder',
  '/api/v1/authorities/no-such/history',
  '/api/v1/audit',
  '/api/v1/audit/verify',
  '/api/v1/audit/checkpoint',
  '/api/v1/jobs/no-such',
  '/api/v1/accounts',
  '/api/v1/accounts/no-such',
  '/api/v1/access-keys',
  '/api/v1/access-keys/no-such',
  '/api/v1/inventory',
  '/api/v1/inventory/no-such',
  '/api/v1/inventory/no-such/private-key',
  '/api/v1/inventory/no-such/bindings',
  '/api/v1/external-ca-instances',
  '/api/v1/external-ca-instances/no-such',
  '/api/v1/external-ca-instances/no-such/refund',
];

const OTHER_PATHS = [
  '/healthz',
  '/api/ca/cacert',
  '/api/ca/crl',
  '/api/ca/sign',
  '/api/ca/revoke',
  '/ca/no-such.crt',
  '/ca/no-such.pem',
  '/ca/no-such-cross.pem',
  '/crl/no-such.crl',
  '/crl/no-such/0.crl',
  '/crl/no-such/delta.crl',
  '/ocsp/no-such',
  '/ocsp/no-such/MAA=',
  '/v1/certificate',
  '/v1/certificate/detail',
  '/v1/certificate/cert-000000000000',
  '/v1/certificate/cert-000000000000/detail',
  '/v1/certificate/cert-000000000000/rawdata',
  '/',
];

const UNKNOWN_PATHS = [
  '/no-such',
  '/api',
  '/api/',
  '/api/v1',
  '/api/v1/',
  '/api/v1/no-such',
  '/api/v1/authorities/default/no-such',
  '/api/v2/certificates',
  '/api/ca',
  '/api/ca/',
  '/api/ca/no-such',
  '/v1',
  '/v1/',
  '/v1/certificate/',
  '/v1/certificate/no-such',
  '/v1/certificate/cert-000000000000/no-such',
  '/v1/no-such',
  '/v2/certificate',
  '/ca',
  '/ca/',
  '/ca/default',
  '/ca/default.der',
  '/ca/a.b.crt',
  '/ca/%64efault.crt',
  '/crl',
  '/crl/default',
  '/crl/default/',
  '/crl/default/x.crl',
  '/crl/default/01.crl',
  '/crl/default/0-DELTA.crl',
  '/ocsp',
  '/ocsp/',
  '/ocsp/default',
  '/ocsp/default/',
  '/healthz/',
  '//',
  '//healthz',
  '/API/V1/certificates',
  '/api/v1/certificates%2F00',
  '/api/v1/certificates/00/revoke/',
  '/favicon.ico',
  '/robots.txt',
  '/.well-known/no-such',
];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Every route with every method and without credentials: 401, 404, 405 with Allow. */
export async function recordRoutes(client: Client): Promise<void> {
  for (const path of [...API_PATHS, ...OTHER_PATHS]) {
    for (const method of METHODS) {
      const options = { as: null, ...(method === 'POST' ? { body: '' } : {}) };
      await client.call(`no credentials: ${method} ${path}`, `${method} ${path}`, options);
    }
    if (path === '/') continue;
    await client.call(`trailing slash: GET ${path}/`, `GET ${path}/`, { as: null });
  }
  for (const path of UNKNOWN_PATHS) {
    await client.call(`unknown path: GET ${path}`, `GET ${path}`, { as: null });
    await client.call(`unknown path: POST ${path}`, `POST ${path}`, { as: null, body: '{}' });
  }
  for (const method of ['TRACE', 'PROPFIND', 'REPORT']) {
    await client.call(`odd method: ${method}`, `${method} /api/v1/certificates`, { as: null });
  }
}

/** Pages and descriptions that are served beside the API. Their words are not compared. */
export async function recordAssets(client: Client): Promise<void> {
  for (const path of ['/api/docs', '/api/docs/', '/api/docs/show-api.js', '/api/v1/openapi.json']) {
    await client.call(`asset: GET ${path}`, `GET ${path}`, { as: null, omitted: true });
    await client.call(`asset: HEAD ${path}`, `HEAD ${path}`, { as: null });
    await client.call(`asset: POST ${path}`, `POST ${path}`, { as: null, body: '{}' });
  }
  await client.call('start page', 'GET /', { as: null });
  await client.call('start page with a query', 'GET /?lang=zh', { as: null });
  await client.call('health', 'GET /healthz', { as: null });
}
