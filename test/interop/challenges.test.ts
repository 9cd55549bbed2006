import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { isIP } from 'node:net';
import { createServer as createTlsServer, type SecureVersion, type TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/free-port.ts';
import { makeAlpnCertificate } from './alpn-certificate.ts';
import {
  type ChallengeChecker,
  challengeOf,
  DIGEST,
  KEY_AUTHORIZATION,
  startChallengeChecker,
  TOKEN,
} from './challenge-checker.ts';
import { type DohServer, startDohServer } from './doh-server.ts';
import { type Listener, listen } from './listen.ts';
import { requireTool } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const PATH = `/.well-known/acme-challenge/${TOKEN}`;
const VALID = { valid: true };

let checker: ChallengeChecker;
let doh: DohServer;
const listeners: Listener[] = [];

beforeAll(async () => {
  [checker, doh] = await Promise.all([startChallengeChecker(), startDohServer()]);
  doh.zone.set('a.example', { A: ['127.0.0.1'] });
  doh.zone.set('b.example', { CNAME: 'a.example' });
  doh.zone.set('six.example', { AAAA: ['::1'] });
});
afterEach(async () => {
  await Promise.all(listeners.splice(0).map(({ stop }) => stop()));
});
afterAll(async () => {
  await Promise.all([checker.stop(), doh.stop()]);
});

function settingsOf(ports: { readonly http?: number; readonly tls?: number }) {
  return {
    dohUrl: doh.url,
    acmeHttpPort: ports.http ?? 1,
    acmeTlsPort: ports.tls ?? 1,
    allowPrivateAddresses: true,
  };
}

async function serveHttp(answer: RequestListener, host?: string): Promise<number> {
  const listener = await listen(createServer(answer), host);
  listeners.push(listener);
  return listener.port;
}

async function serveTls(options: TlsOptions): Promise<number> {
  const server = createTlsServer({ ALPNProtocols: ['acme-tls/1'], ...options });
  server.on('tlsClientError', () => {});
  const listener = await listen(server);
  listeners.push(listener);
  return listener.port;
}

const answerToken: RequestListener = (request, response) => {
  response.statusCode = request.url === PATH ? 200 : 404;
  response.end(KEY_AUTHORIZATION);
};

describe('http-01', () => {
  const check = (http: number, value = 'a.example', tls = 1) =>
    checker.check({
      settings: settingsOf({ http, tls }),
      challenge: challengeOf('http-01', value, isIP(value) === 0 ? 'dns' : 'ip'),
    });

  it('accepts the key authorization, and white space after it', async () => {
    const hosts: (string | undefined)[] = [];
    const port = await serveHttp((request, response) => {
      hosts.push(request.headers.host);
      response.end(`${KEY_AUTHORIZATION}\r\n`);
    });
    expect(await check(port)).toEqual(VALID);
    expect(await check(port, 'b.example')).toEqual(VALID);
    expect(hosts).toEqual([`a.example:${port}`, `b.example:${port}`]);
  });

  it('accepts it in chunks, over IPv6, and for IP addresses', async () => {
    const port = await serveHttp((_, response) => {
      response.write(KEY_AUTHORIZATION.slice(0, 10));
      setTimeout(() => response.end(KEY_AUTHORIZATION.slice(10)), 20);
    });
    expect(await check(port)).toEqual(VALID);
    expect(await check(port, '127.0.0.1')).toEqual(VALID);
    const ipv6Port = await serveHttp(answerToken, '::1');
    expect(await check(ipv6Port, 'six.example')).toEqual(VALID);
    expect(await check(ipv6Port, '::1')).toEqual(VALID);
  });

  it('uses IPv4 if nothing answers over IPv6', async () => {
    doh.zone.set('both.example', { A: ['127.0.0.1'], AAAA: ['::1'] });
    expect(await check(await serveHttp(answerToken), 'both.example')).toEqual(VALID);
  });

  it('follows redirects to http and to https with an unknown certificate', async () => {
    const work = makeWorkDirectory();
    const { key, cert } = makeAlpnCertificate(work, { names: 'DNS:a.example' });
    for (const options of [
      {},
      { requestCert: true, rejectUnauthorized: false },
      { ecdhCurve: 'P-384' },
      { ciphers: 'TLS_AES_256_GCM_SHA384' },
    ]) {
      const https = await listen(createHttpsServer({ key, cert, ...options }, answerToken));
      listeners.push(https);
      const port: number = await serveHttp(({ url }, response) => {
        const next =
          url === PATH ? `http://b.example:${port}/x` : `https://a.example:${https.port}`;
        response.writeHead(302, { Location: url === PATH ? next : `${next}${PATH}` }).end();
      });
      expect(await check(port, 'a.example', https.port), JSON.stringify(options)).toEqual(VALID);
    }
    work.remove();
  });

  it('refuses another body and another status, and quotes neither', async () => {
    const wrong = await serveHttp((_, response) => response.end('root:x:0:0'));
    const outcome = await check(wrong);
    expect(outcome).toMatchObject({ valid: false, problem: { code: 'unauthorized' } });
    expect(JSON.stringify(outcome)).not.toContain('root:x');
    const missing = await serveHttp((_, response) => response.writeHead(404).end());
    expect(await check(missing)).toMatchObject({
      problem: { code: 'unauthorized', detail: expect.stringContaining('404') },
    });
  });

  it('says that a host has no address, or does not answer', async () => {
    expect(await check(1, 'nowhere.example')).toMatchObject({ problem: { code: 'dns' } });
    expect(await check(1)).toMatchObject({ problem: { code: 'connection' } });
  });
});

describe('dns-01', () => {
  const digest = DIGEST.toString('base64url');
  const check = (value: string) =>
    checker.check({ settings: settingsOf({}), challenge: challengeOf('dns-01', value) });

  it('accepts the digest among other records, and behind CNAMEs', async () => {
    doh.zone.set('_acme-challenge.a.example', { TXT: ['x'.repeat(300), digest] });
    doh.zone.set('_acme-challenge.b.example', { CNAME: 'b.acme-dns.example' });
    doh.zone.set('b.acme-dns.example', { TXT: [digest] });
    expect(await check('a.example')).toEqual(VALID);
    expect(await check('b.example')).toEqual(VALID);
  });

  it('refuses another value and no record', async () => {
    doh.zone.set('_acme-challenge.c.example', { TXT: ['x'] });
    expect(await check('c.example')).toMatchObject({ problem: { code: 'unauthorized' } });
    expect(await check('none.example')).toMatchObject({ problem: { code: 'unauthorized' } });
  });

  it('refuses if the resolver cannot answer', async () => {
    doh.zone.set('_acme-challenge.d.example', { code: 2 });
    expect(await check('d.example')).toMatchObject({
      problem: { code: 'dns', detail: expect.stringContaining('SERVFAIL') },
    });
  });
});

describe.skipIf(openssl.missing)(openssl.title('tls-alpn-01'), () => {
  const work = makeWorkDirectory();
  afterAll(() => work.remove());

  const check = (tls: number, value = 'a.example', kind: 'dns' | 'ip' = 'dns') =>
    checker.check({
      settings: settingsOf({ tls }),
      challenge: challengeOf('tls-alpn-01', value, kind),
    });

  const KEYS: readonly [string, readonly string[]][] = [
    ['P-256', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['RSA-2048', ['rsa:2048']],
    ['Ed25519', ['ed25519']],
  ];

  it.each<[SecureVersion, string, readonly string[]]>(
    (['TLSv1.2', 'TLSv1.3'] as const).flatMap((version) =>
      KEYS.map(([name, key]) => [version, name, key] satisfies [string, string, readonly string[]]),
    ),
  )('accepts the certificate by %s with a key for %s', async (version, _, key) => {
    const names: string[] = [];
    const port = await serveTls({
      ...makeAlpnCertificate(work, { names: 'DNS:a.example', key }),
      minVersion: version,
      maxVersion: version,
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    expect(await check(port)).toEqual(VALID);
    expect(names).toEqual(['a.example']);
  });

  it.each([
    ['X25519', 'TLS_AES_128_GCM_SHA256'],
    ['P-256', 'TLS_AES_128_GCM_SHA256'],
    ['P-256', 'TLS_AES_256_GCM_SHA384'],
    ['P-384', 'TLS_AES_128_GCM_SHA256'],
    ['P-384', 'TLS_AES_256_GCM_SHA384'],
  ])('agrees on %s and %s', async (ecdhCurve, ciphers) => {
    const certificate = makeAlpnCertificate(work, { names: 'DNS:a.example' });
    const port = await serveTls({ ...certificate, ecdhCurve, ciphers, minVersion: 'TLSv1.3' });
    expect(await check(port)).toEqual(VALID);
  });

  it('accepts a server that asks for a certificate, and a long chain', async () => {
    const certificate = makeAlpnCertificate(work, { names: 'DNS:a.example' });
    const cert = Buffer.concat(Array.from({ length: 40 }, () => certificate.cert));
    const port = await serveTls({ ...certificate, cert, requestCert: true });
    expect(await check(port)).toEqual(VALID);
  });

  it('asks for the reverse name of an IP address', async () => {
    const names: string[] = [];
    const port = await serveTls({
      ...makeAlpnCertificate(work, { names: 'IP:127.0.0.1' }),
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    expect(await check(port, '127.0.0.1', 'ip')).toEqual(VALID);
    expect(names).toEqual(['1.0.0.127.in-addr.arpa']);
  });

  it.each<[string, Parameters<typeof makeAlpnCertificate>[1], string]>([
    ['another name', { names: 'DNS:b.example' }, 'another name'],
    ['a second name', { names: 'DNS:a.example,DNS:b.example' }, 'exactly one name'],
    ['an IP address', { names: 'IP:127.0.0.1' }, 'another name'],
    ['no name', { names: null }, 'no subjectAltName'],
    ['another digest', { names: 'DNS:a.example', digest: Buffer.alloc(32) }, 'not the digest'],
    ['no digest', { names: 'DNS:a.example', digest: null }, 'no acmeIdentifier'],
    ['a digest not critical', { names: 'DNS:a.example', critical: false }, 'not critical'],
  ])('refuses a certificate with %s', async (_, options, detail) => {
    const port = await serveTls(makeAlpnCertificate(work, options));
    expect(await check(port)).toMatchObject({
      problem: { code: 'unauthorized', detail: expect.stringContaining(detail) },
    });
  });

  it('refuses a certificate that another key signed', async () => {
    const signer = makeAlpnCertificate(work, { names: 'DNS:a.example' });
    const port = await serveTls(makeAlpnCertificate(work, { names: 'DNS:a.example', signer }));
    expect(await check(port)).toMatchObject({
      problem: { code: 'unauthorized', detail: expect.stringContaining('self-signed') },
    });
  });

  it('accepts a server that asks for a cookie, by openssl s_server', async () => {
    const { keyPath, certPath } = makeAlpnCertificate(work, { names: 'DNS:a.example' });
    const port = await findFreePort();
    const server = spawn('openssl', [
      ...['s_server', '-accept', `127.0.0.1:${port}`, '-cert', certPath, '-key', keyPath],
      ...['-alpn', 'acme-tls/1', '-tls1_3', '-stateless'],
    ]);
    try {
      // It says that it takes connections after other things.
      for await (const text of server.stdout) if (String(text).includes('ACCEPT')) break;
      expect(await check(port)).toEqual(VALID);
    } finally {
      server.kill();
      await once(server, 'exit');
    }
  });

  it.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])(
    'refuses a server that does not speak acme-tls/1, by %s',
    async (version) => {
      const certificate = makeAlpnCertificate(work, { names: 'DNS:a.example' });
      const limits = { minVersion: version, maxVersion: version };
      const other = await serveTls({ ...certificate, ...limits, ALPNProtocols: ['http/1.1'] });
      expect(await check(other)).toMatchObject({
        problem: { code: 'tls', detail: expect.stringContaining('no_application_protocol') },
      });
      const silent = await listen(createTlsServer({ ...certificate, ...limits }));
      listeners.push(silent);
      expect(await check(silent.port)).toMatchObject({
        problem: { code: 'tls', detail: expect.stringContaining('ALPN') },
      });
    },
  );
});

describe('CAA', () => {
  const check = (value: string, wildcard = false) =>
    checker.check({
      settings: settingsOf({}),
      caa: {
        identifier: { type: 'dns', value },
        wildcard,
        accountUrl: 'https://ca.test/acct/1',
        method: 'dns-01',
        identities: ['ca.test'],
      },
    });

  it('obeys the records of the nearest name, behind CNAMEs too', async () => {
    doh.zone.set('caa.example', {
      CAA: [
        [0, 'issue', 'ca.test'],
        [0, 'issuewild', ';'],
      ],
    });
    doh.zone.set('alias.example', { CNAME: 'strict.example' });
    doh.zone.set('strict.example', { CAA: [[128, 'unknown', 'x']] });
    expect(await check('www.caa.example')).toEqual(VALID);
    expect(await check('caa.example', true)).toMatchObject({ problem: { code: 'caa' } });
    expect(await check('alias.example')).toMatchObject({ problem: { code: 'caa' } });
    expect(await check('none.example')).toEqual(VALID);
  });

  it('refuses if the resolver answers SERVFAIL', async () => {
    doh.zone.set('broken.example', { code: 2 });
    expect(await check('www.broken.example')).toMatchObject({ problem: { code: 'dns' } });
  });
});
