import { X509Certificate } from 'node:crypto';
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
import { countRows, requestLines, waitForLine } from './record.ts';
import { type RunningServer, startServer } from './server.ts';

const MISSING = '[Request error]: Missing parameters!';
const SIGNING_FAILED = '[ERROR]: Something is error with signing processing!';
const REPEATED = '[ERROR]: Please do not repeat the application for certificate!';
const WRONG_REQUEST = '[ERROR]: Wrong certificate request (X509Req) format!';
const INVALID_SERIAL = '[ERROR]: This may be an invalid serial number!';
const REVOKED = '[ERROR]: This certificate is revoked!';
const REVOKE_FAILED = '[ERROR]: Revoke failed, unknown error!';

let server: RunningServer;
let client: DialectClient;
beforeAll(async () => {
  server = await startServer();
  client = createDialectClient(server);
});
afterAll(() => server.stop());

const makeCsr = (name: string) => makeCsrPem({ subject: [commonName(name)] });

async function signFor(name: string): Promise<string> {
  return certificateOf(await client.sign(await makeCsr(name)));
}

async function expectRefusal(answering: ReturnType<DialectClient['send']>, msg: string) {
  const { httpStatus, contentType, body } = await answering;
  expect(body).toEqual({ status: -1, msg });
  expect(httpStatus).toBe(200);
  expect(contentType).toMatch(/^application\/json/);
}

describe.each(FORMS)('a client that uses $cipher, padded: $padded', (form) => {
  const host = `${form.cipher}-${form.padded}.dialect.test`;

  it('signs, and revokes by certificate and by serial number', async () => {
    const ca = new X509Certificate(await download(server, '/api/ca/cacert'));
    const signed = await client.sign(await makeCsr(host), form);
    expect(signed.httpStatus).toBe(200);
    expect(signed.contentType).toMatch(/^application\/json/);
    expect(signed.body.status).toBe(0);
    const pem = certificateOf(signed);
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkHost(host)).toBe(host);
    expect(certificate.ca).toBe(false);
    const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(364.9);
    expect(days).toBeLessThan(365.1);
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now() - 60_000);

    await expectRefusal(client.sign(await makeCsr(host), form), REPEATED);
    const revoked = await client.revokeCertificate(pem, form);
    expect(revoked.body).toEqual({
      status: 0,
      msg: 'Revoke Certificate success!',
      'Serial Number': certificate.serialNumber,
    });
    expect(revoked.httpStatus).toBe(200);
    await expectRefusal(client.revokeCertificate(pem, form), REVOKED);

    const again = new X509Certificate(certificateOf(await client.sign(await makeCsr(host), form)));
    expect(again.serialNumber).not.toBe(certificate.serialNumber);
    const bySerial = await client.revokeSerial(again.serialNumber, form);
    expect(bySerial.body).toMatchObject({ status: 0, 'Serial Number': again.serialNumber });
    await expectRefusal(client.revokeSerial(again.serialNumber, form), REVOKED);
  });
});

describe('a serial number', () => {
  it.each<[string, (serial: string) => string]>([
    ['in lower case', (serial) => serial.toLowerCase()],
    ['with leading zeros', (serial) => `0000${serial}`],
    ['with colons', (serial) => serial.replace(/(..)(?=.)/g, '$1:')],
    ['as openssl x509 -serial prints it', (serial) => `serial=${serial}\n`],
  ])('is accepted %s', async (form, write) => {
    const name = form.replaceAll(' ', '-');
    const { serialNumber } = new X509Certificate(await signFor(`serial-${name}`));
    const { body } = await client.revokeSerial(write(serialNumber));
    expect(body).toMatchObject({ status: 0, 'Serial Number': serialNumber });
  });

  it('is ignored if the request also has a certificate', async () => {
    const pem = await signFor('both.dialect.test');
    const other = new X509Certificate(await signFor('other.dialect.test'));
    const secret = server.secrets.OPENSSL_CA_SECRET ?? '';
    const both = { cert: seal(secret, pem), serial: seal(secret, other.serialNumber), f: 'old' };
    const { body } = await client.send('revoke', both);
    expect(body).toMatchObject({ 'Serial Number': new X509Certificate(pem).serialNumber });
    expect((await client.revokeSerial(other.serialNumber)).body.status).toBe(0);
  });
});

describe('certificates of other CAs', () => {
  it('are not revoked, even with a serial number of this CA', async () => {
    const stranger = await startServer();
    const foreign = createDialectClient(stranger);
    const pem = certificateOf(await foreign.sign(await makeCsr('foreign.dialect.test')));
    await stranger.stop();
    const before = await countRows(server);
    await expectRefusal(client.revokeCertificate(pem), INVALID_SERIAL);
    await expectRefusal(client.revokeSerial(new X509Certificate(pem).serialNumber), INVALID_SERIAL);
    expect(await countRows(server)).toEqual(before);
  });
});

describe('what is recorded', () => {
  it('names the door, the actor and the request', async () => {
    const logged = server.logs.length;
    const { serialNumber } = new X509Certificate(await signFor('recorded.dialect.test'));
    const serial = serialNumber.toLowerCase().replace(/^0+/, '');
    await waitForLine(server, logged);
    const [line, ...others] = requestLines(server, logged);
    expect(others).toEqual([]);
    expect(line).toMatchObject({ method: 'POST', route: '/api/ca/sign', status: 200 });
    expect(line?.message).toBe(`Sign Certificate success! (${serial})`);
    expect(
      await server.query('SELECT origin, account_id FROM certificates WHERE serial = ?', serial),
    ).toEqual([{ origin: 'openssl-ca', account_id: 'root' }]);
    expect(
      await server.query(
        'SELECT action, outcome, actor, request_id FROM audit_events WHERE target = ?',
        serial,
      ),
    ).toEqual([
      {
        action: 'certificate.issue',
        outcome: 'done',
        actor: 'openssl-ca-secret',
        request_id: line?.requestId,
      },
    ]);
  });

  it('logs neither the secret nor a request', async () => {
    const csr = await makeCsr('quiet.dialect.test');
    await client.sign(csr);
    const log = server.logs.join('\n');
    for (const secret of Object.values(server.secrets)) expect(log).not.toContain(secret);
    expect(log).not.toContain(csr.slice(60, 100));
  });
});

describe('a server with another secret', () => {
  it('answers as to a broken envelope', async () => {
    const secrets = { ...server.secrets, OPENSSL_CA_SECRET: 'x'.repeat(32) };
    const liar = createDialectClient({ ...server, secrets });
    await expectRefusal(liar.sign(await makeCsr('liar.dialect.test')), WRONG_REQUEST);
    const pem = await signFor('honest.dialect.test');
    await expectRefusal(liar.revokeCertificate(pem), '[ERROR]: Wrong certificate format!');
    await expectRefusal(liar.revokeSerial(new X509Certificate(pem).serialNumber), INVALID_SERIAL);
  });
});

describe('an unhealthy server', () => {
  it('answers with the messages of the API tables', async () => {
    const ill = await startServer();
    const illClient = createDialectClient(ill);
    try {
      const csr = await makeCsr('ill.dialect.test');
      const { serialNumber } = new X509Certificate(certificateOf(await illClient.sign(csr)));
      await ill.query('DROP TABLE audit_events');
      const other = await makeCsr('other.ill.dialect.test');
      await expectRefusal(illClient.sign(other), SIGNING_FAILED);
      await expectRefusal(illClient.revokeSerial(serialNumber), REVOKE_FAILED);
      expect(await ill.query('SELECT COUNT(*) AS n FROM certificates')).toEqual([{ n: 1 }]);
      expect(await ill.query('SELECT COUNT(*) AS n FROM revocations')).toEqual([{ n: 0 }]);
    } finally {
      await ill.stop();
    }
  });

  it('answers 404 for a missing root, and does not sign', async () => {
    const bare = await startServer({ secrets: { CA_KEY: null } });
    try {
      const response = await fetch(`${bare.url}/api/ca/cacert`);
      expect(response.status).toBe(404);
      await response.text();
      const csr = await makeCsr('bare.dialect.test');
      await expectRefusal(createDialectClient(bare).sign(csr), SIGNING_FAILED);
      await waitForLine(bare, 1);
      expect(requestLines(bare).map(({ error }) => String(error))).toEqual([
        expect.stringContaining('CA_KEY is not set'),
        expect.stringContaining('CA_KEY is not set'),
      ]);
    } finally {
      await bare.stop();
    }
  });

  it('offers neither sign nor revoke without the shared secret', async () => {
    const closed = await startServer({ secrets: { OPENSSL_CA_SECRET: null } });
    try {
      const closedClient = createDialectClient(closed);
      expect((await closedClient.send('sign', {})).httpStatus).toBe(404);
      expect((await closedClient.send('revoke', {})).httpStatus).toBe(404);
    } finally {
      await closed.stop();
    }
  });
});

describe('a request without its field', () => {
  it.each(['sign', 'revoke'] as const)('is refused by %s', async (operation) => {
    await expectRefusal(client.send(operation, {}), MISSING);
  });
});
