import { X509Certificate } from 'node:crypto';
import type { Client } from '../client.ts';
import { breakSignature } from '../openssl.ts';
import { sealEnvelope } from '../sign-requests.ts';
import { issue, leaf } from './certificates.ts';

/** The openssl-ca dialect: the envelopes of its clients, and its table of messages. */
export async function recordOpenSslCa(client: Client): Promise<void> {
  const { openssl, sharedSecret: secret } = client;
  const sign = (name: string, body: unknown) =>
    client.call(`openssl-ca: sign ${name}`, 'POST /api/ca/sign', { as: null, body });
  const seal = (text: string) => ({ csr_body: sealEnvelope(secret, text) });
  const csr = openssl.makeCsrPem(leaf('dialect'));
  const first = await sign('first', seal(csr));
  client.kept.set('pem of dialect', first.at('cert'));
  await sign('again', seal(csr));
  for (const [name, cipher, padded] of [
    ['cfb', 'aes-256-cfb', false],
    ['cfb-padded', 'aes-256-cfb', true],
    ['cfb8', 'aes-256-cfb8', false],
  ] as const) {
    const text = openssl.makeCsrPem(leaf(name));
    await sign(name, { csr_body: sealEnvelope(secret, text, cipher, padded) });
  }
  for (const [name, text] of Object.entries({
    'a broken signature': breakSignature(openssl.makeCsrPem(leaf('dialect-broken'))),
    'a weak key': openssl.makeCsrPem({ ...leaf('dialect-weak'), key: client.get('weak key') }),
    'a blocked key': openssl.makeCsrPem({ ...leaf('dialect-blocked'), key: 'compromised' }),
    'an empty subject': openssl.makeCsrPem({ key: 'dialect-empty', subject: '/' }),
    'a bad name': openssl.makeCsrPem({
      ...leaf('dialect-name'),
      extensions: ['subjectAltName=DNS:a b'],
    }),
    'an odd curve': openssl.makeCsrPem({ ...leaf('dialect-odd'), key: openssl.makeKey('ED448') }),
    'no request': 'hello',
    'too much': 'a'.repeat(17_000),
  })) {
    await sign(`with ${name}`, seal(text));
  }
  await sign('with a wrong secret', { csr_body: sealEnvelope('f'.repeat(32), csr) });
  for (const [name, body] of Object.entries({
    'no base64': { csr_body: '\u4e2d\u6587' },
    'broken base64': { csr_body: 'AAAAA' },
    'a short envelope': { csr_body: 'AAAA' },
    'an empty field': { csr_body: ' ' },
    'a number': { csr_body: 5 },
    'another field': { csr: 'x' },
  })) {
    await sign(`with ${name}`, body);
  }
  await client.call('openssl-ca: sign as a form', 'POST /api/ca/sign', {
    as: null,
    body: 'csr_body=AAAA',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  await recordRevoking(client);
  await recordHold(client);
  await recordDownloads(client);
}

/** A subject that got another certificate while its first one was on hold. */
async function recordHold(client: Client): Promise<void> {
  const { openssl, sharedSecret: secret } = client;
  const csr_body = sealEnvelope(secret, openssl.makeCsrPem(leaf('dialect-held')));
  const sign = (name: string) =>
    client.call(`openssl-ca: hold, ${name}`, 'POST /api/ca/sign', { as: null, body: { csr_body } });
  const first = await sign('first certificate');
  const serial = new X509Certificate(first.at('cert')).serialNumber;
  client.keep('serial of dialect-held', serial);
  const path = `/api/v1/certificates/${serial}`;
  await client.call('openssl-ca: hold', `POST ${path}/revoke`, {
    body: { reason: 'certificateHold' },
  });
  await sign('second certificate');
  await client.call('openssl-ca: release after the second', `POST ${path}/release`);
}

async function recordRevoking(client: Client): Promise<void> {
  const { openssl, sharedSecret: secret } = client;
  const revoke = (name: string, body: unknown) =>
    client.call(`openssl-ca: revoke ${name}`, 'DELETE /api/ca/revoke', { as: null, body });
  await issue(client, 'dialect-serial');
  const serial = client.get('serial of dialect-serial');
  for (const [name, text] of Object.entries({
    'serial=': `serial=${serial.toUpperCase()}`,
    again: serial,
    'an unknown number': '1234567890ABCDEF',
    'no number': 'xyz',
    'of a foreign CA': '1000',
    'much text': '1'.repeat(200),
  })) {
    await revoke(`by serial: ${name}`, { serial: sealEnvelope(secret, text) });
  }
  await revoke('by serial: wrong secret', { serial: sealEnvelope('f'.repeat(32), serial) });
  await revoke('by serial: short and not padded', {
    serial: sealEnvelope(secret, '1000', 'aes-256-cfb', false),
  });
  await revoke('by serial: no base64', { serial: '***' });
  for (const [name, text] of Object.entries({
    'right one': client.get('pem of dialect'),
    again: client.get('pem of dialect'),
    'foreign one': openssl.makeCertificate(leaf('dialect'), null),
    'of another CA': client.get('pem of below'),
    'no certificate': 'hello',
    'a request': openssl.makeCsrPem(leaf('dialect')),
    'too much': 'a'.repeat(17_000),
  })) {
    await revoke(`by certificate: ${name}`, { cert: sealEnvelope(secret, text) });
  }
  await revoke('by certificate: wrong secret', {
    cert: sealEnvelope('f'.repeat(32), 'x'.repeat(99)),
  });
  await revoke('by certificate: no base64', { cert: '***' });
  await revoke('by nothing', { other: 1 });
  await revoke('by a number', { serial: 5 });
  const csr = openssl.makeCsrPem(leaf('dialect'));
  await client.call('openssl-ca: sign after revocation', 'POST /api/ca/sign', {
    as: null,
    body: { csr_body: sealEnvelope(secret, csr) },
  });
}

async function recordDownloads(client: Client): Promise<void> {
  for (const path of ['/api/ca/cacert', '/api/ca/crl']) {
    const answer = await client.call(`openssl-ca: GET ${path}`, `GET ${path}`, { as: null });
    for (const [name, headers] of Object.entries({
      'same ETag': { 'If-None-Match': answer.header('ETag') },
      'other ETag': { 'If-None-Match': '"other"' },
      'old date': { 'If-Modified-Since': 'Thu, 01 Jan 2026 00:00:00 GMT' },
      'a range': { Range: 'bytes=0-9' },
    })) {
      await client.call(`openssl-ca: GET ${path}, ${name}`, `GET ${path}`, { as: null, headers });
    }
    await client.call(`openssl-ca: GET ${path}, query`, `GET ${path}?a=1`, { as: null });
  }
}
