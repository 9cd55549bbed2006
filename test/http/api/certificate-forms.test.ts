import { beforeAll, describe, expect, it, vi } from 'vitest';
import { csrPem } from '../../fixtures.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const AUTHORITY = '/api/v1/authorities/default';
const PEM = /-----BEGIN CERTIFICATE-----/g;

let worker: LiveWorker;
let path: string;
let below: string;
beforeAll(async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker();
  const created = await worker.send('/api/v1/authorities', {
    body: { name: 'Issuing', subject: 'CN=Issuing CA', parent: 'default' },
  });
  below = `/api/v1/authorities/${String(created.json.id)}`;
  const issued = await worker.send('/api/v1/certificates', {
    body: { csr: csrPem('p-256-sha256'), authority: created.json.id },
  });
  path = issued.headers.get('Location') ?? '';
  log.mockRestore();
});

async function ask(accept: string | null, of = path) {
  const headers = accept === null ? {} : { Accept: accept };
  const { status, text, headers: got } = await worker.send(of, { headers });
  return {
    status,
    text,
    type: got.get('Content-Type'),
    vary: got.get('Vary'),
    certificates: text.match(PEM)?.length ?? 0,
  };
}

describe('the forms of a certificate', () => {
  it.each<[string | null, string, number]>([
    [null, 'application/pem-certificate-chain', 2],
    ['*/*', 'application/pem-certificate-chain', 2],
    ['text/html, */*;q=0.8', 'application/pem-certificate-chain', 2],
    ['image/png', 'application/pem-certificate-chain', 2],
    ['application/x-pem-file', 'application/x-pem-file', 1],
    ['application/pkix-cert', 'application/pkix-cert', 0],
    ['application/pkcs7-mime', 'application/pkcs7-mime; smime-type=certs-only', 0],
    [
      'application/pkcs7-mime;smime-type=certs-only',
      'application/pkcs7-mime; smime-type=certs-only',
      0,
    ],
    ['application/x-pkcs7-certificates', 'application/x-pkcs7-certificates', 0],
    ['text/plain', 'text/plain; charset=utf-8', 0],
    ['text/*', 'text/plain; charset=utf-8', 0],
    ['application/json;q=0.4, text/plain;q=0.5', 'text/plain; charset=utf-8', 0],
  ])('for Accept: %s is %s', async (accept, type, certificates) => {
    expect(await ask(accept)).toMatchObject({ status: 200, type, vary: 'Accept', certificates });
  });

  it('are also those of a CA certificate, with JSON first', async () => {
    expect((await ask(null, AUTHORITY)).type).toBe('application/json');
    expect((await ask('*/*', AUTHORITY)).type).toBe('application/json');
    expect(await ask('text/plain', AUTHORITY)).toMatchObject({
      type: 'text/plain; charset=utf-8',
      text: expect.stringContaining('Subject: CN=Signet Root CA\n'),
    });
    expect(await ask('application/pem-certificate-chain', below)).toMatchObject({
      certificates: 1,
    });
  });

  it('say in JSON what the certificate says', async () => {
    const { json } = await worker.send(path, { headers: { Accept: 'application/json' } });
    expect(json).toMatchObject({
      serial: expect.any(String),
      decoded: {
        serial: json.serial,
        notAfter: json.notAfter,
        subject: { text: json.subject },
        issuer: { text: 'CN=Issuing CA' },
        extensions: expect.arrayContaining([
          expect.objectContaining({
            name: 'extKeyUsage',
            value: [
              { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
              { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
            ],
          }),
        ]),
      },
    });
    expect((await worker.send(below)).json).toMatchObject({
      decoded: { subject: { text: 'CN=Issuing CA' }, issuer: { text: 'CN=Signet Root CA' } },
    });
  });

  it('are only JSON while an authority waits for its certificate', async () => {
    const pending = await worker.send('/api/v1/authorities/requests', {
      body: { name: 'Pending', subject: 'CN=Pending' },
    });
    const { status, headers, json } = await worker.send(
      `/api/v1/authorities/${String(pending.json.id)}`,
      { headers: { Accept: 'text/plain' } },
    );
    expect(status).toBe(200);
    expect(headers.get('Content-Type')).toBe('application/json');
    expect(json).toMatchObject({ state: 'pending', certificate: null, decoded: null });
  });
});
