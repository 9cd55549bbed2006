import { describe, expect, it } from 'vitest';
import { SignetError } from '../../src/errors.ts';
import { ROUTES } from '../../src/http/app.ts';
import { BASIC, CONFIG, createFakeServices, send } from './fakes.ts';
import { CSR_PEM } from './fixtures/certificates.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function concretePath(path: string): string {
  return path
    .replace(/:(?:authority|list)\{[^}]*\\(\.\w+)\}/, 'default$1')
    .replace(/:id\{cert-.*?\}/, 'cert-5atue8m3sxsv')
    .replace(':serial', 'ab')
    .replace(':name', 'seal-audit')
    .replace(/:authority\{[^}]*\}/, 'default')
    .replace(/\/\*$/, '/MA');
}

describe('the log line of a request', () => {
  it('escapes what a terminal would obey, and stays the same JSON', async () => {
    const message = 'a\u001b[2Jb\u009b1mc\u202ed\u{e0041}';
    const { services } = await createFakeServices({
      runJob: async () => {
        throw new SignetError('not-found', message);
      },
    });
    const path = '/api/v1/jobs/x';
    const init = { method: 'POST', headers: { Authorization: BASIC } };
    const { line, rawLine } = await send(services, path, init);
    expect(rawLine).toMatch(/^[\x20-\x7e]+$/);
    expect(line.message).toContain(message);
  });
});

describe('the route table', () => {
  const protectedRoutes = ROUTES.filter(
    ({ caller }) => caller !== 'anyone' && caller !== 'shared secret',
  );

  it('requires credentials except for downloads, health check, envelopes, key proofs and sessions', () => {
    // Requests of ACME are signed: test/http/acme/routes.test.ts.
    const open = ROUTES.filter(
      (route) => !protectedRoutes.includes(route) && !route.path.startsWith('/acme/'),
    );
    expect(open.map(({ path }) => path)).toEqual([
      '/api/ca/cacert',
      '/api/ca/crl',
      '/api/ca/sign',
      '/api/ca/revoke',
      '/ca/:authority{[A-Za-z0-9_-]+\\.crt}',
      '/ca/:authority{[A-Za-z0-9_-]+-cross\\.pem}',
      '/ca/:authority{[A-Za-z0-9_-]+\\.pem}',
      '/crl/:authority{[A-Za-z0-9_-]+\\.crl}',
      '/crl/:authority/:list{[a-z0-9-]+\\.crl}',
      '/ocsp/:authority{[A-Za-z0-9_-]+}',
      '/ocsp/:authority{[A-Za-z0-9_-]+}/*',
      '/api/v1/revocations/key-proof',
      '/api/v1/sessions',
      '/api/v1/sessions/current',
      '/api/v1/sessions/current',
      '/healthz',
      '/',
      '/',
    ]);
  });

  for (const { method, path } of protectedRoutes) {
    it(`requires credentials for ${method} ${path} before any work`, async () => {
      for (const headers of [{}, { Authorization: `Basic ${btoa('root-key:wrong')}` }]) {
        const { services, calls } = await createFakeServices();
        const { response } = await send(services, concretePath(path), { method, headers });
        if (!path.startsWith('/v1/')) {
          expect(response.status).toBe(401);
          expect(response.headers.get('WWW-Authenticate')).toMatch(/^Basic /);
        } else {
          expect(response.status).toBe(headers.Authorization === undefined ? 403 : 400);
        }
        expect(calls.filter((name) => name !== 'config')).toEqual([]);
      }
    });
  }

  for (const path of new Set(ROUTES.map((route) => route.path))) {
    it(`answers 405 with Allow for other methods of ${path}`, async () => {
      const { services } = await createFakeServices();
      const methods = ROUTES.filter((route) => route.path === path).map((route) => route.method);
      const method = (['PATCH', 'PUT', 'POST'] as const).find((each) => !methods.includes(each));
      const { response } = await send(services, concretePath(path), {
        method: method ?? 'OPTIONS',
      });
      expect(response.status).toBe(405);
      expect(response.headers.get('Allow')).toBe(methods.join(', ').replace('GET', 'GET, HEAD'));
    });
  }

  it.each([
    '/api',
    '/api/v1',
    '/api/ca/nothing',
    '/api/v1/certificates/',
    '/ca/',
    '/ca/a/b.crt',
    '/ca/%2e%2e.crt',
  ])('answers 404 for %s in one log line', async (path) => {
    const { services } = await createFakeServices();
    const { response, lines } = await send(services, path);
    expect(response.status).toBe(404);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ route: null, status: 404, level: 'warn' });
  });
});

describe('every request', () => {
  it('gets an id made here, in the answer and in its one log line', async () => {
    const { services } = await createFakeServices();
    const { response, lines } = await send(services, '/api/v1/certificates', {
      method: 'POST',
      body: CSR_PEM,
      headers: {
        Authorization: BASIC,
        'X-Request-Id': 'mine',
        'X-Forwarded-For': '198.51.100.1',
        'X-Real-IP': '198.51.100.1',
        'CF-Connecting-IP': '203.0.113.7',
      },
      cf: { country: 'NL', httpProtocol: 'HTTP/2' },
    });
    const requestId = response.headers.get('X-Request-Id');
    expect(requestId).toMatch(UUID);
    expect(lines).toEqual([
      {
        level: 'info',
        at: '2026-01-31T12:00:00.000Z',
        requestId,
        method: 'POST',
        protocol: 'HTTP/2',
        route: '/api/v1/certificates',
        status: 201,
        durationMs: 0,
        remoteAddress: '203.0.113.7',
        country: 'NL',
        message: 'issued 1a2b3c4d5e6f708192a3b4c5d6e7f809',
      },
    ]);
  });

  it('logs the cause of an internal error and does not send it', async () => {
    const { services } = await createFakeServices({
      issueCertificate: async () => {
        throw new TypeError('inner detail', { cause: new Error('deeper detail') });
      },
    });
    const { response, line } = await send(services, '/api/v1/certificates', {
      method: 'POST',
      body: CSR_PEM,
      headers: { Authorization: BASIC },
    });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toMatch(/inner|deeper|TypeError/);
    expect(text).toContain(String(line.requestId));
    expect(line.level).toBe('error');
    expect(line.error).toContain('inner detail');
    expect(line.error).toContain('deeper detail');
  });

  it('logs neither credentials nor bodies', async () => {
    const { services } = await createFakeServices();
    const { line } = await send(services, '/api/v1/certificates?secret=query-text', {
      method: 'POST',
      body: 'body-text',
      headers: { Authorization: BASIC },
    });
    const text = JSON.stringify(line);
    for (const hidden of ['query-text', 'body-text', BASIC, 'root-secret-for-tests']) {
      expect(text).not.toContain(hidden);
    }
  });
});

describe('credentials over plain http', () => {
  async function list(url: string, address: string | null, allowHttpApi = false) {
    const { services } = await createFakeServices({ config: { ...CONFIG, allowHttpApi } });
    const headers = new Headers({ Authorization: BASIC });
    if (address !== null) headers.set('CF-Connecting-IP', address);
    return (await send(services, url, { headers })).response.status;
  }

  it.each([
    ['http://ca.test', '203.0.113.7'],
    ['http://127.0.0.1:8787', '203.0.113.7'],
    ['http://localhost', '128.0.0.1'],
    ['http://localhost', '127.0.0.1.evil.test'],
    ['http://localhost', '::2'],
    ['http://ca.test', null],
    ['http://127.0.0.1.evil.test', null],
  ])('are refused at %s from %s', async (origin, address) => {
    expect(await list(`${origin}/api/v1/audit`, address)).toBe(403);
    expect(await list(`${origin}/healthz`, address)).toBe(403);
    expect(await list(`${origin}/nothing`, address)).toBe(403);
    expect(await list(`${origin}/api/v1/audit`, address, true)).toBe(200);
  });

  it.each([
    ['https://ca.test', '203.0.113.7'],
    ['https://ca.test', null],
    ['http://ca.test', '127.0.0.1'],
    ['http://ca.test', '127.9.9.9'],
    ['http://ca.test', '::1'],
    ['http://ca.test', '::ffff:127.0.0.1'],
    ['http://127.0.0.1:8787', null],
    ['http://localhost:8787', null],
    ['http://[::1]:8787', null],
  ])('are accepted at %s from %s', async (origin, address) => {
    expect(await list(`${origin}/api/v1/audit`, address)).toBe(200);
  });

  it('allows downloads over plain http', async () => {
    const { services } = await createFakeServices();
    const { response } = await send(services, 'http://ca.test/ca/default.crt', {
      headers: { 'CF-Connecting-IP': '203.0.113.7' },
    });
    expect(response.status).toBe(200);
  });
});

describe('state-changing requests of browsers', () => {
  async function run(
    headers: Record<string, string>,
    url = 'https://api.test/api/v1/jobs/seal-audit',
  ) {
    const { services, calls } = await createFakeServices();
    const { response } = await send(services, url, {
      method: 'POST',
      headers: { Authorization: BASIC, ...headers },
    });
    return { status: response.status, ran: calls.includes('runJob') };
  }

  it.each([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://evil.test' },
    { Origin: 'null' },
    { Origin: 'http://api.test' },
    { Origin: 'https://api.test', 'Sec-Fetch-Site': 'cross-site' },
  ])('are refused with %j', async (headers) => {
    expect(await run({ ...headers })).toEqual({ status: 403, ran: false });
  });

  it.each([
    {},
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    { Origin: 'https://api.test' },
    { Origin: CONFIG.publicUrl },
  ])('are accepted with %j', async (headers) => {
    expect(await run({ ...headers })).toEqual({ status: 200, ran: true });
  });

  it('may download from any site', async () => {
    const { services } = await createFakeServices();
    const { response } = await send(services, '/api/ca/cacert', {
      headers: { Origin: 'https://other.test', 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(response.status).toBe(200);
  });
});
