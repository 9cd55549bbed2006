import type { Client } from '../client.ts';
import { toDer } from '../openssl.ts';

/** Downloads for everybody: CA certificates, lists, OCSP. */
export async function recordPublishing(client: Client): Promise<void> {
  const web = client.get('id of web ca');
  const get = (path: string, headers: Record<string, string> = {}, name = '') =>
    client.call(`publish: GET ${client.recorder.mask(path)}${name}`, `GET ${path}`, {
      as: null,
      headers,
      looseSeconds: path.includes('-cross.pem'),
    });
  const names = [
    'default',
    web,
    `${web}-2`,
    client.get('id of plain root'),
    client.get('id of rsa ca'),
  ];
  for (const id of [
    ...names,
    client.get('id of edwards ca'),
    client.get('id of old root'),
    client.get('id of pending ca'),
  ]) {
    for (const path of [
      `/ca/${id}.crt`,
      `/ca/${id}.pem`,
      `/ca/${id}-cross.pem`,
      `/crl/${id}.crl`,
      `/crl/${id}/0.crl`,
      `/crl/${id}/0-delta.crl`,
      `/crl/${id}/delta.crl`,
    ]) {
      await get(path);
    }
  }
  await get(`/ca/${client.get('id of plain root')}-2-cross.pem`);
  await get('/crl/default/1.crl');
  await get('/crl/default/999999999.crl');
  for (const path of [
    '/ca/default.crt',
    '/ca/default.pem',
    '/crl/default.crl',
    '/crl/default/0.crl',
  ]) {
    const answer = await get(path, {}, ', once more');
    const tag = answer.header('ETag');
    for (const [name, headers] of Object.entries({
      'same ETag': { 'If-None-Match': tag },
      'weak ETag': { 'If-None-Match': `W/${tag}` },
      'several ETags': { 'If-None-Match': `"a", ${tag}` },
      'any ETag': { 'If-None-Match': '*' },
      'other ETag': { 'If-None-Match': '"a"' },
      'date of now': { 'If-Modified-Since': new Date(Date.now() + 1000).toUTCString() },
      'If-Match': { 'If-Match': '"a"' },
      'a range': { Range: 'bytes=0-9' },
      gzip: { 'Accept-Encoding': 'gzip' },
      Origin: { Origin: 'https://elsewhere.test' },
    })) {
      await get(path, headers, `, ${name}`);
    }
    await client.call(`publish: HEAD ${path}`, `HEAD ${path}`, { as: null });
    await client.call(`publish: HEAD ${path}, same ETag`, `HEAD ${path}`, {
      as: null,
      headers: { 'If-None-Match': tag },
    });
    await get(`${path}?a=1`);
  }
  await recordOcsp(client);
}

async function recordOcsp(client: Client): Promise<void> {
  const { openssl } = client;
  const root = (
    await client.recorder.sendOnly(client.makeRequest('GET /api/ca/cacert', { as: null }))
  ).body;
  const issuer = new TextDecoder().decode(root);
  const type = { 'Content-Type': 'application/ocsp-request' };
  const serial = (name: string) => client.get(`serial of ${name}`);
  const requests: Readonly<Record<string, Uint8Array>> = {
    good: openssl.makeOcspRequest(issuer, [serial('one')], '-no_nonce'),
    'good, with a nonce': openssl.makeOcspRequest(issuer, [serial('one')]),
    'good, by SHA-256': openssl.makeOcspRequest(issuer, [serial('one')], '-no_nonce', '-sha256'),
    revoked: openssl.makeOcspRequest(issuer, [serial('dated')], '-no_nonce'),
    compromised: openssl.makeOcspRequest(issuer, [serial('compromised')], '-no_nonce'),
    'revoked after hold': openssl.makeOcspRequest(issuer, [serial('held')], '-no_nonce'),
    unknown: openssl.makeOcspRequest(issuer, ['1234567890ABCDEF'], '-no_nonce'),
    several: openssl.makeOcspRequest(issuer, [serial('one'), serial('plain'), '12'], '-no_nonce'),
    'of another CA': openssl.makeOcspRequest(client.get('elsewhere root'), ['12'], '-no_nonce'),
    'too many': openssl.makeOcspRequest(
      issuer,
      Array.from({ length: 30 }, (_, n) => `${n + 16}`),
      '-no_nonce',
    ),
    'no DER': new TextEncoder().encode('hello'),
    'cut off': openssl.makeOcspRequest(issuer, [serial('one')], '-no_nonce').subarray(0, 30),
    'too large': new Uint8Array(9000),
    empty: new Uint8Array(0),
    'a certificate': new Uint8Array(toDer(client.get('pem of one'))),
  };
  for (const [name, body] of Object.entries(requests)) {
    await client.call(`ocsp: POST ${name}`, 'POST /ocsp/default', {
      as: null,
      body,
      headers: type,
    });
    if (body.length === 0 || body.length > 8000) continue;
    const base64 = Buffer.from(body).toString('base64');
    await client.call(`ocsp: GET ${name}`, `GET /ocsp/default/${encodeURIComponent(base64)}`, {
      as: null,
    });
  }
  const good = requests.good ?? new Uint8Array();
  const base64 = Buffer.from(good).toString('base64');
  for (const [name, path] of Object.entries({
    'not encoded': `/ocsp/default/${base64}`,
    'a slash more': `/ocsp/default//${base64}`,
    base64url: `/ocsp/default/${Buffer.from(good).toString('base64url')}`,
    'encoded twice': `/ocsp/default/${encodeURIComponent(encodeURIComponent(base64))}`,
    'broken encoding': '/ocsp/default/%E0%A4%A',
    'no base64': '/ocsp/default/***',
    'too long': `/ocsp/default/${'A'.repeat(13_000)}`,
    'of another authority': `/ocsp/${client.get('id of web ca')}/${base64}`,
    'of no authority': `/ocsp/no-such/${base64}`,
    'with a query': `/ocsp/default/${encodeURIComponent(base64)}?a=1`,
  })) {
    const answer = await client.call(`ocsp: path, ${name}`, `GET ${path}`, { as: null });
    if (name !== 'not encoded') continue;
    await client.call('ocsp: same ETag', `GET ${path}`, {
      as: null,
      headers: { 'If-None-Match': answer.header('ETag') },
    });
    await client.call('ocsp: HEAD', `HEAD ${path}`, { as: null });
  }
  await client.call('ocsp: odd content type', 'POST /ocsp/default', {
    as: null,
    body: good,
    headers: { 'Content-Type': 'text/plain' },
  });
  await client.call('ocsp: no content type', 'POST /ocsp/default', { as: null, body: good });
  await client.call('ocsp: from another site', 'POST /ocsp/default', {
    as: null,
    body: good,
    headers: { ...type, Origin: 'https://elsewhere.test' },
  });
  const web = client.get('id of old root');
  const old = openssl.makeOcspRequest(client.get('old root'), ['1000', '1001'], '-no_nonce');
  await client.call('ocsp: by an uploaded responder', `POST /ocsp/${web}`, {
    as: null,
    body: old,
    headers: type,
  });
}
