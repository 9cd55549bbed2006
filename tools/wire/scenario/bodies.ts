import type { Client } from '../client.ts';

interface Target {
  readonly target: string;
  /** Bytes that the body may have. */
  readonly limit: number;
}

const KIB = 1024;

/** Operations with a JSON body. Ids that do not exist keep any of them from changing something. */
const TARGETS: readonly Target[] = [
  { target: 'POST /api/v1/certificates', limit: 64 * KIB },
  { target: 'POST /api/v1/certificates/1234567890abcdef/revoke', limit: 64 * KIB },
  { target: 'POST /api/v1/revocations', limit: 64 * KIB },
  { target: 'POST /api/v1/revocations/key-proof', limit: 32 * KIB },
  { target: 'POST /api/v1/authorities', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/requests', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/import', limit: 64 * KIB },
  { target: 'PATCH /api/v1/authorities/no-such', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/no-such/certificate', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/no-such/renew', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/no-such/rekey', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/no-such/revoke', limit: 64 * KIB },
  { target: 'PUT /api/v1/authorities/no-such/ocsp-responder', limit: 64 * KIB },
  { target: 'POST /api/v1/authorities/no-such/history', limit: 1024 * KIB },
  { target: 'POST /api/v1/accounts', limit: 64 * KIB },
  { target: 'PATCH /api/v1/accounts/acct-000000000000', limit: 64 * KIB },
  { target: 'POST /api/v1/access-keys', limit: 64 * KIB },
  { target: 'PATCH /api/v1/access-keys/ak-00000000000000000000', limit: 64 * KIB },
  { target: 'POST /api/v1/inventory', limit: 1024 * KIB },
  { target: 'PUT /api/v1/inventory/cert-000000000000', limit: 1024 * KIB },
  { target: 'PATCH /api/v1/inventory/cert-000000000000', limit: 64 * KIB },
  { target: 'PUT /api/v1/inventory/cert-000000000000/bindings', limit: 64 * KIB },
  { target: 'DELETE /api/v1/inventory/cert-000000000000/bindings', limit: 64 * KIB },
  { target: 'POST /api/ca/sign', limit: 64 * KIB },
  { target: 'DELETE /api/ca/revoke', limit: 64 * KIB },
];

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Bodies that cannot be read, for every operation that has one. */
export async function recordBodies(client: Client): Promise<void> {
  const bodies: readonly (readonly [name: string, body: string | Uint8Array])[] = [
    ['empty object', '{}'],
    ['no JSON', '{"name":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"text"'],
    ['an unknown field', '{"noSuchField":1}'],
    ['a field twice', '{"name":"a","name":"b"}'],
    ['no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a byte order mark', '\ufeff{}'],
    ['wrong types', '{"name":1,"csr":2,"reason":3,"certificate":[],"publicKey":{},"validity":5}'],
  ];
  for (const { target, limit } of TARGETS) {
    for (const [name, body] of bodies) {
      await client.call(`body is ${name}: ${target}`, target, { body, headers: JSON_TYPE });
    }
    await client.call(`body is empty: ${target}`, target, { body: '' });
    const large = `{"name":"${'a'.repeat(limit)}"}`;
    await client.call(`body is too large: ${target}`, target, { body: large, headers: JSON_TYPE });
    await client.call(`from another site: ${target}`, target, {
      body: '{}',
      headers: { ...JSON_TYPE, 'Sec-Fetch-Site': 'cross-site' },
    });
  }
  await client.call('large body without a length', 'POST /api/v1/accounts', {
    body: `{"name":"${'a'.repeat(64 * KIB)}"}`,
    headers: { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' },
  });
}

/** What browsers say of where a request comes from, and the transport that it came by. */
export async function recordSites(client: Client): Promise<void> {
  const target = 'POST /api/v1/accounts';
  const sites: readonly (readonly [name: string, headers: Record<string, string>])[] = [
    ['Sec-Fetch-Site: same-origin', { 'Sec-Fetch-Site': 'same-origin' }],
    ['Sec-Fetch-Site: none', { 'Sec-Fetch-Site': 'none' }],
    ['Sec-Fetch-Site: same-site', { 'Sec-Fetch-Site': 'same-site' }],
    ['Origin elsewhere', { Origin: 'https://evil.example' }],
    ['Origin null', { Origin: 'null' }],
    ['Origin of its own', { Origin: 'https://ca.example.test' }],
    ['Origin of its own by http', { Origin: 'http://ca.example.test' }],
  ];
  for (const [name, headers] of sites) {
    await client.call(`site: ${name}`, target, { body: {}, headers });
  }
  const elsewhere = { 'CF-Connecting-IP': '203.0.113.9' };
  for (const path of ['/api/v1/accounts', '/v1/certificate', '/', '/no-such', '/ca/default.crt']) {
    await client.call(`plain http from elsewhere: GET ${path}`, `GET ${path}`, {
      headers: elsewhere,
    });
  }
  for (const target of ['POST /api/ca/sign', 'DELETE /api/ca/revoke', 'POST /']) {
    await client.call(`plain http from elsewhere: ${target}`, target, {
      as: null,
      body: {},
      headers: elsewhere,
    });
  }
  await client.call('plain http from elsewhere: no credentials', 'GET /healthz', {
    as: null,
    headers: elsewhere,
  });
  for (const address of ['127.9.9.9', '::1', '::ffff:127.0.0.1', '10.0.0.1']) {
    await client.call(`plain http from ${address}`, 'GET /api/v1/accounts', {
      headers: { 'CF-Connecting-IP': address },
    });
  }
}
