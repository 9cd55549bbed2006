import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { download } from './api-client.ts';
import {
  certificateOf,
  createDialectClient,
  type DialectClient,
  FORMS,
  seal,
} from './dialect-client.ts';
import { makeHostileRequests } from './hostile.ts';
import { countRows, requestLines, waitForLine } from './record.ts';
import { type RunningServer, startServer } from './server.ts';

const MISSING = '[Request error]: Missing parameters!';
const NOT_BASE64 = "[Request error]: 'csr_body' field must be base64 type!";
const WRONG_REQUEST = '[ERROR]: Wrong certificate request (X509Req) format!';
const SIGNING_FAILED = '[ERROR]: Something is error with signing processing!';
const WRONG_CERTIFICATE = '[ERROR]: Wrong certificate format!';
const INVALID_SERIAL = '[ERROR]: This may be an invalid serial number!';

/** Hostile texts that are not one CSR, or too large. The others are CSRs that are refused. */
const UNREADABLE = new Set([
  'text that is not PEM',
  'a private key',
  'a certificate',
  'a CRL',
  'a request and its private key',
  'two requests',
  'half a request',
  'a request that holds other DER',
  'a name that is no UTF-8',
  'a thousand names',
]);

let server: RunningServer;
let client: DialectClient;
let requests: Readonly<Record<string, string>>;
let certificate: string;

beforeAll(async () => {
  server = await startServer();
  client = createDialectClient(server);
  const csr = await makeCsrPem({ subject: [commonName('bad-input.test')] });
  certificate = certificateOf(await client.sign(csr));
  requests = await makeHostileRequests(certificate, await download(server, '/api/ca/crl'));
});
afterAll(() => server.stop());

const sealed = (text: string | Uint8Array) => seal(server.secrets.OPENSSL_CA_SECRET ?? '', text);

/** Expects the dialect's error, one log line with it, and no new rows. */
async function expectRefusal(operation: 'sign' | 'revoke', body: unknown, msg: string) {
  const before = await countRows(server);
  const logged = server.logs.length;
  const answer = await client.send(operation, body);
  expect(answer.body).toEqual({ status: -1, msg });
  expect(answer.httpStatus).toBe(200);
  await waitForLine(server, logged);
  const lines = server.logs.slice(logged);
  expect(lines).toHaveLength(1);
  expect(requestLines(server, logged)[0]).toMatchObject({
    level: 'warn',
    route: `/api/ca/${operation}`,
    status: 200,
    message: expect.stringContaining(msg),
  });
  expect(await countRows(server)).toEqual(before);
}

const BODIES: readonly [string, string][] = [
  ['an empty body', ''],
  ['white space', ' \n'],
  ['no JSON', 'csr_body=abc'],
  ['half of JSON', '{"csr_body": "'],
  ['an array', '[]'],
  ['a text', '"csr_body"'],
  ['a number', '7'],
  ['null', 'null'],
  ['no field', '{"csr": "x"}'],
  ['an inherited field', '{"__proto__": {"csr_body": "eA==", "serial": "eA=="}}'],
  ['deep nesting', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['over 64 KiB', JSON.stringify({ csr_body: 'A'.repeat(66_000), serial: '' })],
  ['1 MB', JSON.stringify({ csr_body: 'A'.repeat(1_000_000), cert: 'A' })],
];

const VALUES: readonly [string, unknown][] = [
  ['an empty text', ''],
  ['white space', ' \t\r\n '],
  ['a number', 12345],
  ['true', true],
  ['null', null],
  ['an array', ['QUFB']],
  ['an object', { length: 1 }],
];

const ENVELOPES: readonly [string, string][] = [
  ['1 byte', 'AA=='],
  ['16 bytes', Buffer.alloc(16).toString('base64')],
  ['17 bytes', Buffer.alloc(17).toString('base64')],
  ['garbage', randomBytes(600).toString('base64')],
  ['base64 with garbage inside', `AAAA${'!'.repeat(8)}AAAA`],
];

describe.each(['sign', 'revoke'] as const)('%s', (operation) => {
  it.each(BODIES)('refuses %s', (_, body) => expectRefusal(operation, body, MISSING));
});

describe('sign', () => {
  it.each(VALUES)('treats %s as a missing field', (_, value) =>
    expectRefusal('sign', { csr_body: value }, MISSING),
  );

  it.each([
    ['words', 'this is not base64!'],
    ['one letter', 'A'],
    ['signs alone', '!?*'],
    ['padding alone', '===='],
    ['padding inside', 'AA==AAAA'],
  ])('refuses %s as not base64', (_, value) =>
    expectRefusal('sign', { csr_body: value }, NOT_BASE64),
  );

  it.each(ENVELOPES)('finds no CSR in an envelope of %s', (_, value) =>
    expectRefusal('sign', { csr_body: value }, WRONG_REQUEST),
  );

  it('finds no CSR in an envelope of over 16 KiB', async () => {
    const csr = await makeCsrPem({ subject: [commonName('large.test')] });
    await expectRefusal('sign', { csr_body: sealed(csr + '\n'.repeat(17_000)) }, WRONG_REQUEST);
  });

  it.each(FORMS)('finds no CSR in a truncated envelope ($cipher, $padded)', async (form) => {
    const csr = await makeCsrPem({ subject: [commonName('truncated.test')] });
    const whole = Buffer.from(seal(server.secrets.OPENSSL_CA_SECRET ?? '', csr, form), 'base64');
    for (const length of [17, 100, whole.length - 40]) {
      const csr_body = whole.subarray(0, length).toString('base64');
      await expectRefusal('sign', { csr_body }, WRONG_REQUEST);
    }
  });

  it('refuses every hostile CSR, and tells those that cannot be read', async () => {
    expect(Object.keys(requests).length).toBeGreaterThan(20);
    for (const [name, text] of Object.entries(requests)) {
      const msg = UNREADABLE.has(name) ? WRONG_REQUEST : SIGNING_FAILED;
      await expectRefusal('sign', { csr_body: sealed(text) }, msg).catch((error) => {
        throw new Error(name, { cause: error });
      });
    }
  });

  it('refuses binary text', () =>
    expectRefusal('sign', { csr_body: sealed(randomBytes(900)) }, WRONG_REQUEST));
});

describe('revoke', () => {
  it.each(VALUES)('treats %s as a missing field', async (_, value) => {
    await expectRefusal('revoke', { serial: value }, MISSING);
    await expectRefusal('revoke', { cert: value, serial: value }, MISSING);
  });

  it.each(ENVELOPES)('finds nothing in an envelope of %s', async (_, value) => {
    await expectRefusal('revoke', { cert: value }, WRONG_CERTIFICATE);
    await expectRefusal('revoke', { serial: value }, INVALID_SERIAL);
  });

  it.each([
    ['a negative one', '-1'],
    ['zero', '0'],
    ['zeros', '00:00'],
    ['one of 21 bytes', 'ab'.repeat(21)],
    ['one of 100 digits', '1'.repeat(100)],
    ['no hex', 'xyz'],
    ['a decimal fraction', '1.5'],
    ['two of them', '0a 0b'],
    ['SQL', "1' OR '1'='1"],
    ['one that was never issued', '0123456789abcdef0123456789abcdef'],
  ])('refuses the serial number %s', (_, serial) =>
    expectRefusal('revoke', { serial: sealed(serial) }, INVALID_SERIAL),
  );

  it('refuses PEM that is not a certificate', async () => {
    for (const name of ['no PEM', 'a private key', 'a CRL', 'neither subject nor names']) {
      await expectRefusal('revoke', { cert: sealed(requests[name] ?? '') }, WRONG_CERTIFICATE);
    }
    const half = certificate.slice(0, certificate.length / 2);
    await expectRefusal('revoke', { cert: sealed(half) }, WRONG_CERTIFICATE);
  });

  it('does not revoke by a modified certificate', async () => {
    const der = Buffer.from(certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
    await expectRefusal('revoke', { cert: sealed(forged) }, INVALID_SERIAL);
  });

  it('does not revoke the root', async () => {
    const root = await download(server, '/api/ca/cacert');
    await expectRefusal('revoke', { cert: sealed(root) }, INVALID_SERIAL);
  });
});

describe('the addresses of the dialect', () => {
  it.each([
    ['GET', '/api/ca/sign', 405, 'POST'],
    ['DELETE', '/api/ca/sign', 405, 'POST'],
    ['POST', '/api/ca/revoke', 405, 'DELETE'],
    ['POST', '/api/ca/cacert', 405, 'GET, HEAD'],
    ['PUT', '/api/ca/crl', 405, 'GET, HEAD'],
    ['GET', '/api/ca/other', 404, null],
    ['GET', '/api/ca/sign/x', 404, null],
    ['POST', '/api/ca/SIGN', 404, null],
  ])('answers %s %s with %i', async (method, path, status, allow) => {
    const before = await countRows(server);
    const logged = server.logs.length;
    const response = await fetch(`${server.url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('Allow')).toBe(allow);
    expect(JSON.parse(await response.text())).toMatchObject({ status: -1 });
    await waitForLine(server, logged);
    expect(server.logs.slice(logged)).toHaveLength(1);
    expect(await countRows(server)).toEqual(before);
  });
});
