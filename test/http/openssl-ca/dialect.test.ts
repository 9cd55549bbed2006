import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignetError, type SignetErrorCode } from '../../../src/errors.ts';
import { decodeEnvelope } from '../../../src/http/openssl-ca/envelope.ts';
import type { Services } from '../../../src/http/services.ts';
import type { LeafRequest } from '../../../src/issuance/draft-leaf.ts';
import type { RevocationRequest } from '../../../src/revocation/revoke.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import { CONFIG, createFakeServices, createRecord, pemToDer, send } from '../fakes.ts';
import {
  CSR_PEM,
  FORGED_LEAF_PEM,
  LEAF_PEM,
  LEAF_SERIAL_HEX,
  ROOT_PEM,
} from '../fixtures/certificates.ts';
import { sealEnvelope } from './seal-envelope.ts';

const MISSING = '[Request error]: Missing parameters!';
const NOT_BASE64 = "[Request error]: 'csr_body' field must be base64 type!";
const SIGNING_FAILED = '[ERROR]: Something is error with signing processing!';
const REPEATED = '[ERROR]: Please do not repeat the application for certificate!';
const WRONG_REQUEST = '[ERROR]: Wrong certificate request (X509Req) format!';
const WRONG_CERTIFICATE = '[ERROR]: Wrong certificate format!';
const INVALID_SERIAL = '[ERROR]: This may be an invalid serial number!';
const REVOKED = '[ERROR]: This certificate is revoked!';
const REVOKE_FAILED = '[ERROR]: Revoke failed, unknown error!';

const PADDED = { mode: 'cfb8', padded: true } as const;

async function sign(body: unknown, overrides: Partial<Services> = {}) {
  const requests: LeafRequest[] = [];
  const { services, calls } = await createFakeServices(overrides);
  const { issueCertificate } = services;
  const sent = await send(
    {
      ...services,
      issueCertificate: (request) => {
        requests.push(request);
        return issueCertificate(request);
      },
    },
    '/api/ca/sign',
    { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) },
  );
  return { ...sent, requests, calls, answer: await sent.response.json<Record<string, unknown>>() };
}

async function revoke(body: unknown, overrides: Partial<Services> = {}) {
  const requests: RevocationRequest[] = [];
  const { services } = await createFakeServices(overrides);
  const { revokeCertificate } = services;
  const sent = await send(
    {
      ...services,
      revokeCertificate: (request) => {
        requests.push(request);
        return revokeCertificate(request);
      },
    },
    '/api/ca/revoke',
    { method: 'DELETE', body: typeof body === 'string' ? body : JSON.stringify(body) },
  );
  return { ...sent, requests, answer: await sent.response.json<Record<string, unknown>>() };
}

function failWith(code: SignetErrorCode, field?: string) {
  return async () => {
    throw new SignetError(code, 'the reason', {
      cause: new Error('for the operator'),
      ...(field === undefined ? {} : { field }),
    });
  };
}

describe('POST /api/ca/sign', () => {
  for (const mode of ['cfb8', 'cfb128'] as const) {
    for (const padded of [true, false]) {
      it(`signs a request in ${mode}, ${padded ? 'padded' : 'unpadded'}`, async () => {
        const csr_body = await sealEnvelope(CSR_PEM, { mode, padded });
        const { response, answer, requests } = await sign({ csr_body: ` ${csr_body}\n`, f: 'x' });
        expect(response.status).toBe(200);
        expect(response.headers.get('Content-Type')).toBe('application/json');
        expect(answer).toEqual({ status: 0, msg: 'Sign Certificate success!', cert: LEAF_PEM });
        expect(requests).toHaveLength(1);
        expect(requests[0]).toMatchObject({
          csrDer: pemToDer(CSR_PEM),
          profile: 'tls-server-client',
          origin: 'openssl-ca',
          uniqueSubject: true,
          principal: {
            accountId: 'root',
            actor: 'openssl-ca-secret',
            grant: null,
          },
        });
      });
    }
  }

  it.each<[string, unknown, string]>([
    ['an empty body', '', MISSING],
    ['no JSON', '{', MISSING],
    ['a JSON array', '[]', MISSING],
    ['JSON null', 'null', MISSING],
    ['no field', {}, MISSING],
    ['a number', { csr_body: 5 }, MISSING],
    ['null', { csr_body: null }, MISSING],
    ['white space', { csr_body: ' \n\t' }, MISSING],
    ['an inherited name', { __proto__: null, toString: 'x' }, MISSING],
    ['a body over 64 KiB', { csr_body: 'A'.repeat(65 * 1024) }, MISSING],
    ['no base64', { csr_body: 'this is not base64!' }, NOT_BASE64],
    ['an envelope of 16 bytes', { csr_body: new Uint8Array(16).toBase64() }, WRONG_REQUEST],
    ['garbage', { csr_body: new Uint8Array(500).toBase64() }, WRONG_REQUEST],
    ['over 16 KiB', { csr_body: new Uint8Array(16385).toBase64() }, WRONG_REQUEST],
  ])('refuses %s', async (_, body, msg) => {
    const { response, answer, requests, line, lines } = await sign(body);
    expect(response.status).toBe(200);
    expect(answer).toEqual({ status: -1, msg });
    expect(requests).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(line.message).toContain(msg);
    expect(line.level).toBe('warn');
  });

  it('refuses another secret and PEM of something else with the same message', async () => {
    const secret = 'another secret of 32 characters!';
    for (const csr_body of [
      await sealEnvelope(CSR_PEM, { ...PADDED, secret }),
      await sealEnvelope(ROOT_PEM, PADDED),
      await sealEnvelope('no PEM at all', PADDED),
    ]) {
      const { answer, requests } = await sign({ csr_body });
      expect(answer).toEqual({ status: -1, msg: WRONG_REQUEST });
      expect(requests).toEqual([]);
    }
  });

  it.each<[SignetErrorCode, string, 'warn' | 'error']>([
    ['subject-already-certified', REPEATED, 'warn'],
    ['malformed-csr', WRONG_REQUEST, 'warn'],
    ['csr-signature-invalid', SIGNING_FAILED, 'warn'],
    ['weak-key', SIGNING_FAILED, 'warn'],
    ['key-compromised', SIGNING_FAILED, 'warn'],
    ['unsupported-algorithm', SIGNING_FAILED, 'warn'],
    ['invalid-subject', SIGNING_FAILED, 'warn'],
    ['invalid-subject-alt-name', SIGNING_FAILED, 'warn'],
    ['constraint-violated', SIGNING_FAILED, 'warn'],
    ['authority-unavailable', SIGNING_FAILED, 'error'],
    ['record-unavailable', SIGNING_FAILED, 'error'],
  ])(
    'answers %s with the message of the original, and logs the reason',
    async (code, msg, level) => {
      const csr_body = await sealEnvelope(CSR_PEM, PADDED);
      const { response, answer, line } = await sign(
        { csr_body },
        { issueCertificate: failWith(code) },
      );
      expect(response.status).toBe(200);
      expect(answer).toEqual({ status: -1, msg });
      expect(line).toMatchObject({ level, message: `${msg} (${code}: the reason)`, status: 200 });
      if (level === 'error') expect(line.error).toContain('for the operator');
      else expect(line).not.toHaveProperty('error');
    },
  );

  it('answers an internal error with status 200, and logs the cause', async () => {
    const csr_body = await sealEnvelope(CSR_PEM, PADDED);
    const issueCertificate = async () => {
      throw new TypeError('undefined is not a function');
    };
    const { response, answer, line } = await sign({ csr_body }, { issueCertificate });
    expect(response.status).toBe(200);
    expect(answer).toEqual({ status: -1, msg: SIGNING_FAILED });
    expect(line.error).toContain('undefined is not a function');
  });
});

describe('DELETE /api/ca/revoke', () => {
  it.each([
    LEAF_SERIAL_HEX,
    LEAF_SERIAL_HEX.toUpperCase(),
    `0000${LEAF_SERIAL_HEX}`,
    LEAF_SERIAL_HEX.replace(/(..)(?=.)/g, '$1:'),
    `serial=${LEAF_SERIAL_HEX.toUpperCase()}\n`,
  ])('revokes by the serial %j', async (text) => {
    const { response, answer, requests } = await revoke({
      serial: await sealEnvelope(text, PADDED),
    });
    expect(response.status).toBe(200);
    expect(answer).toEqual({
      status: 0,
      msg: 'Revoke Certificate success!',
      'Serial Number': '1A2B3C4D5E6F708192A3B4C5D6E7F809',
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      authorityId: 'default',
      serialHex: LEAF_SERIAL_HEX,
      reason: 'unspecified',
      invalidityDateSeconds: null,
      principal: { actor: 'openssl-ca-secret' },
    });
  });

  it('pads a serial with an odd number of digits to whole bytes', async () => {
    const { answer } = await revoke({ serial: await sealEnvelope('a01', PADDED) });
    expect(answer['Serial Number']).toBe('0A01');
  });

  it('uses the certificate if both are given', async () => {
    const { answer, requests } = await revoke({
      cert: await sealEnvelope(LEAF_PEM, PADDED),
      serial: await sealEnvelope('01', PADDED),
    });
    expect(answer.status).toBe(0);
    expect(requests[0]?.serialHex).toBe(LEAF_SERIAL_HEX);
  });

  it('refuses a certificate by another key with the serial of an issued one', async () => {
    const { answer, requests } = await revoke({
      cert: await sealEnvelope(FORGED_LEAF_PEM, PADDED),
    });
    expect(answer).toEqual({ status: -1, msg: INVALID_SERIAL });
    expect(requests).toEqual([]);
  });

  it('refuses a certificate of another issuer with the serial of an issued one', async () => {
    const record = createRecord({ certificateDer: null });
    const authority = { subjectDer: Uint8Array.of(0x30, 0) };
    const { services } = await createFakeServices();
    const { answer, requests } = await revoke(
      { cert: await sealEnvelope(LEAF_PEM, PADDED) },
      {
        openAuthority: async (id) => ({ ...(await services.openAuthority(id)), ...authority }),
        findCertificates: async () => [record],
      },
    );
    expect(answer).toEqual({ status: -1, msg: INVALID_SERIAL });
    expect(requests).toEqual([]);
  });

  it('accepts a certificate that spells the name of its issuer in another way', async () => {
    const subjectDer = encodeNameFromText('CN=TEST  root');
    const { services } = await createFakeServices();
    const { answer } = await revoke(
      { cert: await sealEnvelope(LEAF_PEM, PADDED) },
      { openAuthority: async (id) => ({ ...(await services.openAuthority(id)), subjectDer }) },
    );
    expect(answer.status).toBe(0);
  });

  it('accepts a certificate of which only the index entry was imported', async () => {
    const { answer } = await revoke(
      { cert: await sealEnvelope(LEAF_PEM, PADDED) },
      { findCertificates: async () => [createRecord({ certificateDer: null })] },
    );
    expect(answer.status).toBe(0);
  });

  const revokeText = async (text: string, mode: 'cfb8' | 'cfb128', padded: boolean) =>
    (await revoke({ serial: await sealEnvelope(text, { mode, padded }) })).answer.msg;

  it('accepts a short serial in 8-bit mode if it is padded or has leading zeros, and no random bytes', async () => {
    expect(await revokeText('0a', 'cfb8', true)).toBe('Revoke Certificate success!');
    expect(await revokeText('0000000a', 'cfb8', false)).toBe('Revoke Certificate success!');
    expect(await revokeText('0a', 'cfb8', false)).toBe(INVALID_SERIAL);
    expect(await revokeText('000000a', 'cfb8', false)).toBe(INVALID_SERIAL);
  });

  it('accepts no serial of one block in 128-bit mode', async () => {
    for (const digits of [2, 8, 15]) {
      expect(await revokeText('a'.repeat(digits), 'cfb128', true)).toBe(INVALID_SERIAL);
      expect(await revokeText('a'.repeat(digits), 'cfb128', false)).toBe(INVALID_SERIAL);
    }
    expect(await revokeText('a'.repeat(16), 'cfb128', false)).toBe(INVALID_SERIAL);
    const long = 'Revoke Certificate success!';
    expect(await revokeText('a'.repeat(16), 'cfb128', true)).toBe(long);
    expect(await revokeText('a'.repeat(17), 'cfb128', false)).toBe(long);
    expect(await revokeText('a'.padStart(17, '0'), 'cfb128', true)).toBe(long);
  });

  it('revokes nothing by an envelope that was forged from a seen one', async () => {
    // The IV and the first block of an envelope whose plaintext begins as every PEM certificate does.
    const seen = decodeEnvelope(await sealEnvelope(LEAF_PEM, { mode: 'cfb128', padded: false }));
    const known = new TextEncoder().encode('-----BEGIN CERTI');
    for (const wanted of [`1f${'\x0e'.repeat(14)}`, '00000000deadbeef', '0123456789abcde\x01']) {
      const plain = new TextEncoder().encode(wanted);
      const forged = seen?.slice(0, 32) ?? new Uint8Array();
      for (const [i, byte] of plain.entries()) {
        forged[16 + i] = (forged[16 + i] ?? 0) ^ (known[i] ?? 0) ^ byte;
      }
      const { answer, requests } = await revoke({ serial: forged.toBase64() });
      expect(answer).toEqual({ status: -1, msg: INVALID_SERIAL });
      expect(requests).toEqual([]);
    }
  });

  it.each<[string, () => unknown, string]>([
    ['no field', () => ({}), MISSING],
    ['no JSON', () => 'serial', MISSING],
    ['blank fields', () => ({ cert: ' ', serial: '' }), MISSING],
    ['wrong types', () => ({ cert: {}, serial: 1 }), MISSING],
    ['a certificate that is no base64', () => ({ cert: '!!!' }), WRONG_CERTIFICATE],
    ['garbage as certificate', () => ({ cert: new Uint8Array(99).toBase64() }), WRONG_CERTIFICATE],
    ['an oversized cert', () => ({ cert: new Uint8Array(16385).toBase64() }), WRONG_CERTIFICATE],
    [
      'a CSR as certificate',
      async () => ({ cert: await sealEnvelope(CSR_PEM, PADDED) }),
      WRONG_CERTIFICATE,
    ],
    ['a serial that is no base64', () => ({ serial: '!!!' }), INVALID_SERIAL],
    ['an oversized serial', () => ({ serial: new Uint8Array(129).toBase64() }), INVALID_SERIAL],
    ['zero', async () => ({ serial: await sealEnvelope('00', PADDED) }), INVALID_SERIAL],
    ['a negative zero', async () => ({ serial: await sealEnvelope('-0', PADDED) }), INVALID_SERIAL],
    ['no hex', async () => ({ serial: await sealEnvelope('xyz', PADDED) }), INVALID_SERIAL],
    [
      '21 octets',
      async () => ({ serial: await sealEnvelope('11'.repeat(21), PADDED) }),
      INVALID_SERIAL,
    ],
  ])('refuses %s', async (_, body, msg) => {
    const { response, answer, requests, lines } = await revoke(await body());
    expect(response.status).toBe(200);
    expect(answer).toEqual({ status: -1, msg });
    expect(requests).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  it.each<[SignetErrorCode, string]>([
    ['certificate-not-found', INVALID_SERIAL],
    ['already-revoked', REVOKED],
    ['record-unavailable', REVOKE_FAILED],
    ['authority-unavailable', REVOKE_FAILED],
    ['internal', REVOKE_FAILED],
  ])('answers %s with the message of the original', async (code, msg) => {
    const { response, answer } = await revoke(
      { serial: await sealEnvelope(LEAF_SERIAL_HEX, PADDED) },
      { revokeCertificate: failWith(code) },
    );
    expect(response.status).toBe(200);
    expect(answer).toEqual({ status: -1, msg });
  });
});

describe('the openssl-ca dialect', () => {
  it('has no sign and revoke without a configured secret', async () => {
    const { services } = await createFakeServices({ config: { ...CONFIG, openSslCaSecret: null } });
    for (const [path, method] of [
      ['/api/ca/sign', 'POST'],
      ['/api/ca/revoke', 'DELETE'],
      ['/api/ca/sign', 'GET'],
    ] as const) {
      expect((await send(services, path, { method })).response.status).toBe(404);
    }
  });

  it('answers a wrong method with 405, Allow and an error of the dialect', async () => {
    const { services } = await createFakeServices();
    const { response } = await send(services, '/api/ca/sign');
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('POST');
    expect(await response.json()).toMatchObject({ status: -1 });
    const cacert = await send(services, '/api/ca/cacert', { method: 'POST' });
    expect(cacert.response.status).toBe(405);
    expect(cacert.response.headers.get('Allow')).toBe('GET, HEAD');
  });

  it('refuses envelopes over plain http from another machine', async () => {
    const { services, calls } = await createFakeServices();
    const body = JSON.stringify({ csr_body: await sealEnvelope(CSR_PEM, PADDED) });
    const { response } = await send(services, 'http://ca.test/api/ca/sign', {
      method: 'POST',
      body,
      headers: { 'CF-Connecting-IP': '203.0.113.7' },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ status: -1 });
    expect(calls).not.toContain('issueCertificate');
  });

  it('answers any body with status 200 and a known message, and signs nothing', async () => {
    const known = [MISSING, NOT_BASE64, WRONG_REQUEST];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.record({ csr_body: fc.anything() }).map((value) => JSON.stringify(value)),
          fc.base64String({ maxLength: 400 }).map((csr_body) => JSON.stringify({ csr_body })),
        ),
        async (body) => {
          const { response, answer, requests } = await sign(body);
          expect(response.status).toBe(200);
          expect(known).toContain(answer.msg);
          expect(requests).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('answers any text in an envelope with a known message, and revokes nothing', async () => {
    const known = [MISSING, WRONG_CERTIFICATE, INVALID_SERIAL];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('cert', 'serial'),
        fc.oneof(
          fc.string({ maxLength: 60 }).map((text) => `~${text}`),
          fc
            .nat(LEAF_PEM.length - 60)
            .map((at) => `${LEAF_PEM.slice(0, at)}${LEAF_PEM.slice(at + 5)}`),
        ),
        async (field, text) => {
          const { response, answer, requests } = await revoke({
            [field]: await sealEnvelope(text, PADDED),
          });
          expect(response.status).toBe(200);
          expect(known).toContain(answer.msg);
          expect(requests).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });
});
