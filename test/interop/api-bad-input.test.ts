import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { authorization, download, issue } from './api-client.ts';
import { makeHostileRequests } from './hostile.ts';
import { countRows, requestLines, waitForLine } from './record.ts';
import { type RunningServer, startServer } from './server.ts';

let server: RunningServer;
let requests: Readonly<Record<string, string>>;
beforeAll(async () => {
  server = await startServer();
  const certificate = await issue(
    server,
    await makeCsrPem({ subject: [commonName('bad-input.test')] }),
  );
  requests = await makeHostileRequests(certificate, await download(server, '/api/ca/crl'));
});
afterAll(() => server.stop());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Expects problem details with that status, one log line, and no new rows. */
async function expectProblem(sent: Sent, status: number) {
  const { method = 'POST', path = '/api/v1/certificates', body = null } = sent;
  const headers = { Authorization: authorization(server), ...sent.headers };
  const before = await countRows(server);
  const logged = server.logs.length;
  const response = await fetch(`${server.url}${path}`, { method, body, headers });
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const problem: Record<string, unknown> = JSON.parse(text);
  expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  expect(text).not.toMatch(/\.ts\b|\bat \w+ \(/);
  await waitForLine(server, logged);
  expect(server.logs.slice(logged)).toHaveLength(1);
  const [line] = requestLines(server, logged);
  expect(line).toMatchObject({ status, requestId: problem.requestId });
  expect(await countRows(server)).toEqual(before);
  return { code: problem.code, headers: response.headers };
}

describe('POST /api/v1/certificates', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, number, string]>([
    ['an empty body', '', 400, 'missing-parameter'],
    ['white space', ' \n\t', 400, 'malformed-csr'],
    ['words', 'give me a certificate', 400, 'malformed-csr'],
    ['half of JSON', '{"csr": "', 400, 'malformed-request'],
    ['a JSON array', '[]', 400, 'malformed-csr'],
    ['no field', '{}', 400, 'missing-parameter'],
    ['a number as csr', '{"csr": 1}', 400, 'invalid-parameter'],
    ['null as csr', '{"csr": null}', 400, 'invalid-parameter'],
    ['an object as csr', '{"csr": {}}', 400, 'invalid-parameter'],
    ['an empty csr', '{"csr": ""}', 400, 'malformed-csr'],
    ['white space as csr', '{"csr": " \\n "}', 400, 'malformed-csr'],
    ['an unknown field', '{"csr": "x", "ca": true}', 400, 'invalid-parameter'],
    ['over 64 KiB', 'A'.repeat(65 * 1024), 413, 'request-too-large'],
    ['1 MB of JSON', JSON.stringify({ csr: 'A'.repeat(1_000_000) }), 413, 'request-too-large'],
    ['40 KB of PEM', `-----BEGIN${'A'.repeat(40_000)}`, 413, 'request-too-large'],
    ['a SEQUENCE that ends early', Uint8Array.of(0x30, 0x82, 9, 9, 1), 400, 'malformed-csr'],
    ['an empty SEQUENCE', Uint8Array.of(0x30, 0), 400, 'malformed-csr'],
    ['bytes at random', new Uint8Array(randomBytes(500)).fill(7, 0, 1), 400, 'malformed-csr'],
  ])('refuses %s', async (_, body, status, code) => {
    expect(await expectProblem({ body }, status)).toMatchObject({ code: code });
  });

  it('refuses every hostile CSR, in PEM and in JSON', async () => {
    const codes = new Set<unknown>();
    for (const [name, text] of Object.entries(requests)) {
      for (const body of [text, JSON.stringify({ csr: text })]) {
        const tooLarge = name === 'a thousand names';
        const { code } = await expectProblem({ body }, tooLarge ? 413 : 400).catch((error) => {
          throw new Error(name, { cause: error });
        });
        codes.add(code);
      }
    }
    expect([...codes].sort()).toEqual([
      'csr-signature-invalid',
      'invalid-subject',
      'invalid-subject-alt-name',
      'malformed-csr',
      'request-too-large',
    ]);
  });

  it('refuses an unknown profile', async () => {
    const csr = await makeCsrPem({ subject: [commonName('profile.test')] });
    for (const profile of ['', 'ca', 'constructor', '__proto__', 'p'.repeat(1000)]) {
      const body = JSON.stringify({ csr, profile });
      expect(await expectProblem({ body }, 400)).toMatchObject({ code: 'unknown-profile' });
    }
    const body = JSON.stringify({ csr, profile: 1 });
    expect(await expectProblem({ body }, 400)).toMatchObject({ code: 'invalid-parameter' });
  });

  it.each([
    ['none', { Authorization: '' }],
    ['a wrong secret', { Authorization: `Basic ${btoa('root:wrong')}` }],
    ['no base64', { Authorization: 'Basic %%%' }],
    ['another scheme', { Authorization: 'Bearer abc' }],
  ])('refuses credentials: %s', async (_, headers) => {
    const body = await makeCsrPem({ subject: [commonName('intruder.test')] });
    expect(await expectProblem({ body, headers }, 401)).toMatchObject({ code: 'unauthenticated' });
  });

  it('refuses requests from a page of another site', async () => {
    const body = await makeCsrPem({ subject: [commonName('csrf.test')] });
    for (const headers of [{ Origin: 'https://evil.test' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      expect(await expectProblem({ body, headers }, 403)).toMatchObject({
        code: 'cross-site-request',
      });
    }
  });
});

describe('serial numbers in a path', () => {
  it.each(['--1', '0', '00', 'xyz', 'ab'.repeat(21), '%00', "1'--"])(
    'refuses %s',
    async (serial) => {
      const path = `/api/v1/certificates/${serial}`;
      expect(await expectProblem({ method: 'GET', path }, 400)).toMatchObject({
        code: 'invalid-parameter',
      });
      const revokePath = { path: `${path}/revoke`, body: '{}' };
      expect(await expectProblem(revokePath, 400)).toMatchObject({ code: 'invalid-parameter' });
    },
  );

  it('answers 404 for a serial number that was never issued', async () => {
    const path = '/api/v1/certificates/0123456789abcdef';
    expect(await expectProblem({ method: 'GET', path }, 404)).toMatchObject({
      code: 'certificate-not-found',
    });
    expect(await expectProblem({ path: `${path}/revoke` }, 404)).toMatchObject({
      code: 'certificate-not-found',
    });
  });
});

describe('POST /api/v1/certificates/{serial}/revoke', () => {
  it.each([
    ['a list', '[]', 'malformed-request'],
    ['no JSON', 'reason=1', 'malformed-request'],
    ['an unknown reason', '{"reason": "boredom"}', 'invalid-parameter'],
    ['an inherited name as reason', '{"reason": "constructor"}', 'invalid-parameter'],
    ['a reason for a CRL entry alone', '{"reason": "removeFromCRL"}', 'invalid-parameter'],
    ['a number as reason', '{"reason": 1}', 'invalid-parameter'],
    [
      'a day that no calendar has',
      '{"invalidityDate": "2026-02-30T00:00:00Z"}',
      'invalid-parameter',
    ],
    ['the future', '{"invalidityDate": "2999-01-01T00:00:00Z"}', 'invalid-parameter'],
    ['an unknown field', '{"when": "now"}', 'invalid-parameter'],
  ])('refuses %s', async (_, body, code) => {
    const [row] = await server.query('SELECT serial FROM certificates LIMIT 1');
    const path = `/api/v1/certificates/${row?.serial}/revoke`;
    expect(await expectProblem({ path, body }, 400)).toMatchObject({ code: code });
  });
});

describe('addresses', () => {
  it.each([
    ['GET', '/api/v2/certificates', 404, null],
    ['GET', '/ca/..%2f..%2fetc%2fpasswd', 404, null],
    ['GET', '/ca/none.crt', 404, null],
    ['GET', '/crl/none.crl', 404, null],
    ['PUT', '/api/v1/certificates', 405, 'POST, GET, HEAD'],
    ['GET', '/api/v1/certificates/preview', 405, 'POST'],
    ['DELETE', '/api/v1/certificates/01', 405, 'GET, HEAD'],
    ['GET', '/api/v1/certificates/01/revoke', 405, 'POST'],
    ['POST', '/crl/default.crl', 405, 'GET, HEAD'],
    ['POST', '/healthz', 405, 'GET, HEAD'],
  ])('answer %s %s with %i', async (method, path, status, allow) => {
    const { headers } = await expectProblem({ method, path }, status);
    expect(headers.get('Allow')).toBe(allow);
  });
});
