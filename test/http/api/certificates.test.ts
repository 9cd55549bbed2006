import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import type { Services } from '../../../src/http/services.ts';
import type { LeafRequest } from '../../../src/issuance/draft-leaf.ts';
import type { RevocationRequest } from '../../../src/revocation/revoke.ts';
import { formatName } from '../../../src/x509/names/names.ts';
import {
  BASIC,
  createFakeAuthority,
  createFakeServices,
  createRecord,
  NOW_MS,
  pemToDer,
  readText,
  send,
} from '../fakes.ts';
import { CSR_PEM, LEAF_PEM, LEAF_SERIAL_HEX, ROOT_PEM } from '../fixtures/certificates.ts';

const CERTIFICATES = '/api/v1/certificates';
const LEAF = `${CERTIFICATES}/${LEAF_SERIAL_HEX}`;

async function call(path: string, init: RequestInit = {}, overrides: Partial<Services> = {}) {
  const { services, calls } = await createFakeServices(overrides);
  const headers = new Headers(init.headers);
  headers.set('Authorization', BASIC);
  return { ...(await send(services, path, { ...init, headers })), calls };
}

async function issue(
  body: BodyInit,
  headers: Record<string, string> = {},
  overrides: Partial<Services> = {},
) {
  const requests: LeafRequest[] = [];
  const { services } = await createFakeServices(overrides);
  const sent = await call(
    CERTIFICATES,
    { method: 'POST', body, headers },
    {
      ...overrides,
      issueCertificate: (request) => {
        requests.push(request);
        return services.issueCertificate(request);
      },
    },
  );
  return { ...sent, requests };
}

async function revoke(body: BodyInit | null, overrides: Partial<Services> = {}, path = LEAF) {
  const requests: RevocationRequest[] = [];
  const sent = await call(
    `${path}/revoke`,
    { method: 'POST', body },
    {
      revokeCertificate: async (request) => {
        requests.push(request);
        return { revokedAtSeconds: NOW_MS / 1000 };
      },
      ...overrides,
    },
  );
  return { ...sent, requests };
}

describe('POST /api/v1/certificates', () => {
  it.each<[string, BodyInit]>([
    ['PEM', CSR_PEM],
    ['PEM with CRLF and text around it', `text\r\n${CSR_PEM.replaceAll('\n', '\r\n')}more`],
    ['DER', pemToDer(CSR_PEM)],
    ['JSON', JSON.stringify({ csr: CSR_PEM })],
    ['JSON after white space', ` \n${JSON.stringify({ csr: CSR_PEM })}`],
  ])('issues from %s with any content type', async (_, body) => {
    for (const type of ['application/x-www-form-urlencoded', 'application/json', 'x']) {
      const { response, requests } = await issue(body, { 'Content-Type': type });
      expect(response.status).toBe(201);
      expect(response.headers.get('Location')).toBe(`${LEAF}?authority=default`);
      expect(response.headers.get('Content-Type')).toBe('application/pem-certificate-chain');
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(await readText(response)).toBe(LEAF_PEM);
      expect(requests[0]).toMatchObject({
        csrDer: pemToDer(CSR_PEM),
        profile: 'tls-server-client',
        origin: 'api',
        uniqueSubject: false,
        principal: { accountId: 'root', actor: 'root-key' },
      });
    }
  });

  it('uses the profile named in JSON', async () => {
    const { requests } = await issue(JSON.stringify({ csr: CSR_PEM, profile: 'other' }));
    expect(requests[0]?.profile).toBe('other');
  });

  it('passes on the subject, names and end that JSON states', async () => {
    const names = {
      dns: ['WWW.example.com', 'www.example.com'],
      ip: ['2001:DB8::1'],
      uri: ['a:b'],
    };
    const subject = 'CN=www.example.com,O=Example';
    const body = { csr: CSR_PEM, subject, names, notAfter: '2026-02-01T00:00:00Z' };
    const { requests } = await issue(JSON.stringify(body));
    const stated = requests[0]?.stated;
    expect(formatName(stated?.subjectDer ?? new Uint8Array())).toBe(subject);
    expect(stated?.subjectAltNames).toEqual([
      { kind: 'dns', value: 'WWW.example.com' },
      { kind: 'ip', value: '2001:db8::1' },
      { kind: 'uri', value: 'a:b' },
    ]);
    expect(stated?.end).toEqual({ field: 'notAfter', seconds: Date.UTC(2026, 1, 1) / 1000 });
    const seconds = await issue(
      JSON.stringify({ csr: CSR_PEM, subject: '', names: {}, validitySeconds: 3600 }),
    );
    expect(seconds.requests[0]?.stated).toEqual({
      subjectDer: Uint8Array.of(0x30, 0),
      subjectAltNames: [],
      end: { field: 'validitySeconds', seconds: 3600 },
    });
    const plain = await issue(JSON.stringify({ csr: CSR_PEM }));
    expect(plain.requests[0]?.stated).toEqual({
      subjectDer: null,
      subjectAltNames: null,
      end: null,
    });
  });

  it.each<[string, object, string, string]>([
    ['a subject that is not RFC 4514', { subject: 'www' }, 'invalid-subject', 'subject'],
    ['a list of names', { names: ['a'] }, 'invalid-parameter', 'names'],
    ['an unknown kind of name', { names: { oid: ['1'] } }, 'invalid-parameter', 'names'],
    ['a number as name', { names: { dns: [1] } }, 'invalid-parameter', 'names'],
    ['a bad name', { names: { dns: ['a..b'] } }, 'invalid-subject-alt-name', 'names'],
    ['a bad address', { names: { ip: ['10.0.0.0/8'] } }, 'invalid-subject-alt-name', 'names'],
    [
      '101 names',
      { names: { dns: Array.from({ length: 101 }, (_, n) => `a${n}.test`) } },
      'invalid-subject-alt-name',
      'names',
    ],
    ['half a second', { validitySeconds: 60.5 }, 'invalid-parameter', 'validitySeconds'],
    ['seconds as text', { validitySeconds: '60' }, 'invalid-parameter', 'validitySeconds'],
    ['a day as end', { notAfter: '2026-02-01' }, 'invalid-parameter', 'notAfter'],
    [
      'two ends',
      { validitySeconds: 60, notAfter: '2026-02-01T00:00:00Z' },
      'invalid-parameter',
      'validitySeconds',
    ],
  ])('refuses %s', async (_, fields, code, field) => {
    const { response, requests } = await issue(JSON.stringify({ csr: CSR_PEM, ...fields }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code, field });
    expect(requests).toEqual([]);
  });

  it('returns the certificate and its chain without the root', async () => {
    // A fake intermediate: its chain ends with a certificate that plays the root.
    const authority = await createFakeAuthority([pemToDer(LEAF_PEM)]);
    const openAuthority = async () => authority;
    const pem = await issue(CSR_PEM, {}, { openAuthority });
    expect(await readText(pem.response)).toBe(`${LEAF_PEM}${ROOT_PEM}`);
    const json = await issue(CSR_PEM, { Accept: 'application/json' }, { openAuthority });
    expect(await json.response.json()).toEqual({
      serial: LEAF_SERIAL_HEX,
      authority: 'default',
      notAfter: '2027-01-15T08:00:00Z',
      certificate: LEAF_PEM,
      chain: [ROOT_PEM],
    });
  });

  it.each([
    ['application/json', true],
    ['application/json, */*;q=0.5', true],
    ['application/*', false],
    ['*/*', false],
    ['application/pem-certificate-chain, application/json;q=0.9', false],
    ['application/json;q=0', false],
    ['text/html;q=x,,;', false],
  ])('respects Accept: %s', async (accept, json) => {
    const { response } = await issue(CSR_PEM, { Accept: accept });
    expect(response.headers.get('Content-Type') === 'application/json').toBe(json);
  });

  it.each<[string, BodyInit, number, string]>([
    ['nothing', '', 400, 'missing-parameter'],
    ['white space', ' \n', 400, 'malformed-csr'],
    ['a certificate', ROOT_PEM, 400, 'malformed-csr'],
    ['broken JSON', '{"csr":', 400, 'malformed-request'],
    ['JSON without a CSR', '{}', 400, 'missing-parameter'],
    ['a CSR of the wrong type', '{"csr":[1]}', 400, 'invalid-parameter'],
    ['an unknown field', '{"csr":"x","days":9}', 400, 'invalid-parameter'],
    ['64 KiB and more', 'x'.repeat(65537), 413, 'request-too-large'],
  ])('refuses %s with a problem', async (_, body, status, code) => {
    const { response, requests, lines, line } = await issue(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    const problem = await response.json<Record<string, unknown>>();
    expect(problem).toMatchObject({ type: 'about:blank', status, code });
    expect(problem.requestId).toBe(response.headers.get('X-Request-Id'));
    expect(problem.requestId).toBe(line.requestId);
    expect(requests).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  it('names the wrong field', async () => {
    const { response } = await issue('{"csr":5}');
    expect(await response.json()).toMatchObject({
      field: 'csr',
      detail: "'csr' must be a string, not a number.",
    });
  });

  it('stops reading a body at the limit', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      type: 'bytes',
      pull(controller: ReadableByteStreamController) {
        sent += 16384;
        controller.enqueue(new Uint8Array(16384));
      },
    });
    const { response } = await issue(endless);
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(200_000);
  });

  it('never answers 500 to any body', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }).map((bytes) => new Uint8Array(bytes)),
          fc.string().map((text) => `{${text}`),
          fc.json(),
          fc.nat(CSR_PEM.length - 3).map((at) => CSR_PEM.slice(0, at) + CSR_PEM.slice(at + 2)),
        ),
        async (body) => {
          const { response } = await issue(body);
          expect(response.status).toBeLessThan(500);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('GET /api/v1/certificates/{serial}', () => {
  it('returns PEM, or the whole record as JSON', async () => {
    expect(await readText((await call(LEAF)).response)).toBe(LEAF_PEM);
    const revocation = { revokedAtSeconds: 1_750_000_000, reason: 1, invalidityDateSeconds: null };
    const { response } = await call(
      LEAF,
      { headers: { Accept: 'application/json' } },
      { findCertificates: async () => [createRecord({ revocation })] },
    );
    expect(await response.json()).toEqual({
      serial: LEAF_SERIAL_HEX,
      authority: 'default',
      subject: 'CN=leaf.test',
      profile: 'tls-server-client',
      origin: 'api',
      account: 'root',
      notBefore: '2023-11-14T22:13:20Z',
      notAfter: '2027-01-15T08:00:00Z',
      issuedAt: '2026-01-31T12:00:00Z',
      revocation: {
        revokedAt: '2025-06-15T15:06:40Z',
        reason: 'keyCompromise',
        invalidityDate: null,
      },
      certificate: LEAF_PEM,
      chain: [],
      decoded: expect.objectContaining({ serial: LEAF_SERIAL_HEX, version: 1 }),
    });
  });

  it.each([
    LEAF_SERIAL_HEX.toUpperCase(),
    `000${LEAF_SERIAL_HEX}`,
    LEAF_SERIAL_HEX.replace(/(..)(?=.)/g, '$1:'),
    LEAF_SERIAL_HEX.replace(/(..)(?=.)/g, '$1%3A'),
  ])('finds %s', async (serial) => {
    expect((await call(`${CERTIFICATES}/${serial}`)).response.status).toBe(200);
  });

  it.each(['xyz', '0', '-0', '--1', '1'.repeat(41), '%00', '%', '1%2F2', 'a b'])(
    'refuses the serial %s',
    async (serial) => {
      const { response, calls } = await call(`${CERTIFICATES}/${serial}`);
      expect(response.status).toBe(400);
      expect(calls).not.toContain('findCertificates');
    },
  );

  it('answers 404 for an unknown serial', async () => {
    const { response } = await call(`${CERTIFICATES}/abc`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'certificate-not-found' });
  });

  it('requires the authority if several issued the serial', async () => {
    const records = [createRecord(), createRecord({ authorityId: 'old' })];
    const findCertificates: Services['findCertificates'] = async (_, authorityId) =>
      records.filter((found) => authorityId === null || found.authorityId === authorityId);
    const { response } = await call(LEAF, {}, { findCertificates });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'ambiguous-serial' });
    const named = await call(`${LEAF}?authority=default`, {}, { findCertificates });
    expect(named.response.status).toBe(200);
    const revoked = await revoke('{}', { findCertificates });
    expect(revoked.response.status).toBe(409);
    expect(revoked.requests).toEqual([]);
  });

  it('returns only JSON if only the entry was imported', async () => {
    const findCertificates = async () => [createRecord({ certificateDer: null })];
    expect((await call(LEAF, {}, { findCertificates })).response.status).toBe(404);
    const json = await call(
      LEAF,
      { headers: { Accept: 'application/json' } },
      { findCertificates },
    );
    expect(await json.response.json()).toMatchObject({ certificate: null });
  });
});

describe('POST /api/v1/certificates/{serial}/revoke', () => {
  it('revokes without a body, or with reason and date', async () => {
    const plain = await revoke(null);
    expect(await plain.response.json()).toEqual({
      serial: LEAF_SERIAL_HEX,
      authority: 'default',
      revokedAt: '2026-01-31T12:00:00Z',
      reason: 'unspecified',
      invalidityDate: null,
    });
    const full = await revoke(
      '{"reason":"keyCompromise","invalidityDate":"2026-01-30T23:30:00.5-01:00"}',
    );
    expect(await full.response.json()).toMatchObject({
      reason: 'keyCompromise',
      invalidityDate: '2026-01-31T00:30:00Z',
    });
    expect(full.requests[0]).toMatchObject({
      authorityId: 'default',
      serialHex: LEAF_SERIAL_HEX,
      reason: 'keyCompromise',
      invalidityDateSeconds: Date.UTC(2026, 0, 31, 0, 30) / 1000,
    });
  });

  it.each([
    '[]',
    '{"reason":"because"}',
    '{"reason":"toString"}',
    '{"reason":1}',
    '{"reason":"superseded","serial":"01"}',
    '{"invalidityDate":5}',
    '{"invalidityDate":"yesterday"}',
    '{"invalidityDate":"2026-02-30T00:00:00Z"}',
    '{"invalidityDate":"2026-01-31T25:00:00Z"}',
    '{"invalidityDate":"2026-01-31T00:00:00"}',
    '{"invalidityDate":"2026-01-31T00:00:00+99:99"}',
  ])('refuses %s', async (body) => {
    const { response, requests } = await revoke(body);
    expect(response.status).toBe(400);
    expect(requests).toEqual([]);
  });

  it('answers 409 if it is already revoked', async () => {
    const { response } = await revoke('{}', {
      revokeCertificate: async () => {
        throw new SignetError('already-revoked', 'It is.');
      },
    });
    expect(response.status).toBe(409);
  });
});
