import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, isIP, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChallengeChecker,
  challengeOf,
  KEY_AUTHORIZATION,
  startChallengeChecker,
} from './challenge-checker.ts';
import { type DohServer, startDohServer } from './doh-server.ts';
import { type Listener, listen } from './listen.ts';

let checker: ChallengeChecker;
let doh: DohServer;
const listeners: Listener[] = [];

beforeAll(async () => {
  [checker, doh] = await Promise.all([startChallengeChecker(), startDohServer()]);
  doh.zone.set('a.example', { A: ['127.0.0.1'] });
});
afterEach(async () => {
  await Promise.all(listeners.splice(0).map(({ stop }) => stop()));
});
afterAll(async () => {
  await Promise.all([checker.stop(), doh.stop()]);
});

async function serve(talk: (socket: Socket) => void): Promise<number> {
  const listener = await listen(createServer(talk));
  listeners.push(listener);
  return listener.port;
}

async function serveHttp(answer: RequestListener): Promise<number> {
  const listener = await listen(createHttpServer(answer));
  listeners.push(listener);
  return listener.port;
}

const check = (
  type: 'http-01' | 'tls-alpn-01',
  port: number,
  value = 'a.example',
  allowPrivateAddresses = true,
) =>
  checker.check({
    settings: {
      dohUrl: doh.url,
      acmeHttpPort: type === 'http-01' ? port : 1,
      acmeTlsPort: type === 'http-01' ? 1 : port,
      allowPrivateAddresses,
    },
    challenge: challengeOf(type, value, isIP(value) === 0 ? 'dns' : 'ip'),
  });

/** Writes the same bytes for as long as the other side reads them. */
function repeat(socket: Socket, bytes: string | Uint8Array): void {
  const write = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', write);
  write();
}

describe('special-purpose addresses, when they are refused', () => {
  it.each(['http-01', 'tls-alpn-01'] as const)('%s opens no connection', async (type) => {
    let connections = 0;
    const port = await serve((socket) => {
      connections++;
      socket.destroy();
    });
    doh.zone.set('mapped.example', { AAAA: ['::ffff:127.0.0.1'] });
    for (const value of ['a.example', 'mapped.example', '127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(await check(type, port, value, false), value).toMatchObject({
        problem: { code: 'connection', detail: expect.stringContaining('special-purpose') },
      });
    }
    expect(connections).toBe(0);
    await check(type, port);
    expect(connections).toBe(1);
  });
});

describe('DNS rebinding', () => {
  it('connects to the address of the one answer that was judged', async () => {
    const answers = ['127.0.0.1', '127.0.0.2'];
    doh.zone.set('rebinding.example', () => ({ A: [answers.shift() ?? '127.0.0.3'] }));
    // The query for AAAA takes one of the answers and does not see the address in it.
    answers.unshift('127.0.0.9');
    const port = await serveHttp((_, response) => response.end(KEY_AUTHORIZATION));
    expect(await check('http-01', port, 'rebinding.example')).toEqual({ valid: true });
    expect(doh.questions.filter((question) => question.startsWith('rebinding.'))).toHaveLength(2);
  });
});

describe('hostile HTTP servers', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\n';

  it.each<[string, (socket: Socket) => void]>([
    ['an endless body', (socket) => repeat(socket, `${HEAD}\r\n${'x'.repeat(4096)}`)],
    ['an endless header', (socket) => repeat(socket, `${HEAD}X: ${'x'.repeat(4096)}`)],
    ['endless header fields', (socket) => repeat(socket, `${HEAD}${'X: y\r\n'.repeat(500)}`)],
    [
      'endless chunks',
      (socket) => repeat(socket, `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`),
    ],
    ['endless interim responses', (socket) => repeat(socket, 'HTTP/1.1 100 Continue\r\n\r\n')],
    [
      'a long body',
      (socket) => socket.end(`${HEAD}Content-Length: 999999\r\n\r\n${'x'.repeat(999_999)}`),
    ],
    ['a body that breaks off', (socket) => socket.end(`${HEAD}Content-Length: 99\r\n\r\nx`)],
    [
      'two lengths',
      (socket) => socket.end(`${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`),
    ],
    ['another protocol', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
    ['an upgrade', (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
    ['nothing', (socket) => socket.end()],
  ])('refuses %s', async (_, talk) => {
    const port = await serve((socket) => socket.once('data', () => talk(socket)));
    expect(await check('http-01', port)).toMatchObject({
      valid: false,
      problem: { code: 'incorrect-response' },
    });
  });

  it.each([
    ['a port of another service', () => 'http://a.example:22/'],
    ['another scheme', () => 'ftp://a.example/'],
    ['credentials', (port: number) => `http://user:pass@a.example:${port}/`],
    ['itself', (port: number) => `http://a.example:${port}/`],
    ['something that is no URL', () => 'http://['],
  ])('does not follow a redirect to %s', async (_, locationOf) => {
    const port: number = await serveHttp((_, response) => {
      response.writeHead(301, { Location: locationOf(port) }).end();
    });
    expect(await check('http-01', port)).toMatchObject({
      problem: { code: 'incorrect-response', detail: expect.stringContaining('redirect') },
    });
  });

  it('follows ten redirects and no more', async () => {
    let left = 0;
    const port: number = await serveHttp((_, response) => {
      if (left-- === 0) response.end(KEY_AUTHORIZATION);
      else response.writeHead(302, { Location: `/${left}` }).end();
    });
    left = 10;
    expect(await check('http-01', port)).toEqual({ valid: true });
    left = 11;
    expect(await check('http-01', port)).toMatchObject({ problem: { code: 'incorrect-response' } });
  });
});

describe('hostile TLS servers', () => {
  const record = (type: number, ...content: number[]) =>
    Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 255, ...content);
  const helloOf = (random: readonly number[], ...extensions: number[]) => {
    const body = [3, 3, ...random, 0, 0x13, 0x01, 0, 0, extensions.length, ...extensions];
    return record(22, 2, 0, 0, body.length, ...body);
  };
  const VERSION_1_3 = [0, 43, 0, 2, 3, 4];
  const RETRY = [
    ...Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex'),
  ];
  const ZEROS = new Array<number>(32).fill(0);

  it.each<[string, (socket: Socket) => void]>([
    ['an alert', (socket) => socket.end(record(21, 2, 40))],
    ['an unknown alert', (socket) => socket.end(record(21, 2, 255))],
    ['endless warnings', (socket) => repeat(socket, record(21, 1, 112))],
    ['endless change_cipher_specs', (socket) => repeat(socket, record(20, 1))],
    ['empty records', (socket) => repeat(socket, record(22))],
    [
      'an endless message',
      (socket) => repeat(socket, record(22, 2, 255, 255, 255, ...new Array(999).fill(0))),
    ],
    ['plain HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['its own ClientHello', (socket) => socket.end(record(22, 1, 0, 0, 0))],
    [
      'a ServerHello of TLS 1.1',
      (socket) => socket.end(record(22, 2, 0, 0, 38, 3, 2, ...ZEROS, 0, 0, 47, 0)),
    ],
    ['a ServerHello without a key share', (socket) => socket.end(helloOf(ZEROS, ...VERSION_1_3))],
    [
      'a key share of zeros',
      (socket) => socket.end(helloOf(ZEROS, ...VERSION_1_3, 0, 51, 0, 36, 0, 29, 0, 32, ...ZEROS)),
    ],
    [
      'a key share of another group',
      (socket) => socket.end(helloOf(ZEROS, ...VERSION_1_3, 0, 51, 0, 6, 0, 25, 0, 2, 0, 0)),
    ],
    [
      'endless retries',
      (socket) => repeat(socket, helloOf(RETRY, ...VERSION_1_3, 0, 51, 0, 2, 0, 24)),
    ],
    [
      'a retry for a group that was not offered',
      (socket) => socket.end(helloOf(RETRY, ...VERSION_1_3, 0, 51, 0, 2, 0, 25)),
    ],
    ['half a record', (socket) => socket.end(record(22, 2, 0, 0, 38).subarray(0, 7))],
    ['nothing', (socket) => socket.end()],
  ])('refuses %s', async (_, talk) => {
    const port = await serve((socket) => socket.once('data', () => talk(socket)));
    expect(await check('tls-alpn-01', port)).toMatchObject({ problem: { code: 'tls' } });
  });
});

describe('servers that do not answer in time', () => {
  it('are given up, and so is a slow resolver', async () => {
    const silent = await serve(() => {});
    const slow = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 200);
      socket.on('close', () => clearInterval(drip));
    });
    const late = { problem: { code: 'connection', detail: expect.stringContaining('in time') } };
    const slowDoh = checker.check({
      settings: {
        dohUrl: `http://127.0.0.1:${silent}`,
        acmeHttpPort: 1,
        acmeTlsPort: 1,
        allowPrivateAddresses: true,
      },
      challenge: challengeOf('dns-01', 'a.example'),
    });
    const outcomes = [
      check('http-01', silent),
      check('http-01', slow),
      check('tls-alpn-01', silent),
    ];
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject(late);
    expect(await slowDoh).toMatchObject({ problem: { code: 'dns' } });
  });
});

describe('hostile resolvers', () => {
  const post = async (answer: RequestListener) =>
    checker.check({
      settings: {
        dohUrl: `http://127.0.0.1:${await serveHttp(answer)}/`,
        acmeHttpPort: 1,
        acmeTlsPort: 1,
        allowPrivateAddresses: true,
      },
      challenge: challengeOf('dns-01', 'a.example'),
    });

  it.each<[string, RequestListener]>([
    ['an error', (_, response) => response.writeHead(500).end()],
    ['a redirect', (_, response) => response.writeHead(302, { Location: doh.url }).end()],
    ['no message', (_, response) => response.end()],
    ['another message', (_, response) => response.end(Buffer.alloc(40))],
    ['an endless message', (_, response) => repeat(response.socket ?? never(), 'x'.repeat(999))],
    ['a long message', (_, response) => response.end(Buffer.alloc(100_000))],
  ])('refuses %s', async (_, answer) => {
    expect(await post(answer)).toMatchObject({ problem: { code: 'dns' } });
  });
});

function never(): never {
  throw new Error('no socket');
}
