import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, issue, revoke } from './api-client.ts';
import { type KeyAndCsr, makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

interface Party {
  readonly key: Buffer;
  readonly cert: string;
}

describe.skipIf(openssl.missing)(openssl.title('mutual TLS in Node'), () => {
  const work = makeWorkDirectory();
  const parties = new Map<string, Party>();
  let server: RunningServer;
  let ca: string;

  beforeAll(async () => {
    server = await startServer();
    for (const name of ['server', 'client', 'revoked']) {
      const names = name === 'server' ? 'IP:127.0.0.1,DNS:localhost' : `DNS:${name}.test`;
      const { keyPath, csrPem }: KeyAndCsr = makeKeyAndCsr(work, name, names);
      parties.set(name, { key: readFileSync(keyPath), cert: await issue(server, csrPem) });
    }
    ca = await download(server, '/ca/default.pem');
  });
  afterAll(async () => {
    await server.stop();
    work.remove();
  });

  function partyOf(name: string): Party {
    const party = parties.get(name);
    if (party === undefined) throw new Error(`no party ${name}`);
    return party;
  }

  /** Returns what the server read from the client, or why it refused the client. */
  async function talk(clientName: string | null, crl: string): Promise<string> {
    const listener = createServer({
      ...partyOf('server'),
      ca,
      crl,
      requestCert: true,
      rejectUnauthorized: true,
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const heard = hear(listener);
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const socket = connect({
      ...(clientName === null ? {} : partyOf(clientName)),
      ...{ port: address.port, host: '127.0.0.1', ca, crl },
    });
    socket.on('error', () => undefined);
    socket.end('hello');
    try {
      return await heard;
    } finally {
      socket.destroy();
      listener.close();
    }
  }

  function hear(listener: Server): Promise<string> {
    return new Promise((done) => {
      listener.on('secureConnection', (socket: TLSSocket) => {
        const name = socket.getPeerCertificate().subject.CN;
        socket.on('data', (data) => done(`${name}: ${data}`));
      });
      listener.on('tlsClientError', (error) => done(`refused: ${error.message}`));
    });
  }

  it('accepts a client with a certificate of Signet', async () => {
    expect(await talk('client', await download(server, '/api/ca/crl'))).toBe('client: hello');
  });

  it('refuses a client without a certificate', async () => {
    const crl = await download(server, '/api/ca/crl');
    expect(await talk(null, crl)).toMatch(/^refused: .*did not return a certificate/);
  });

  it('refuses a client whose certificate is revoked, from the next CRL on', async () => {
    const before = await download(server, '/api/ca/crl');
    expect(await talk('revoked', before)).toBe('revoked: hello');
    await revoke(server, new X509Certificate(partyOf('revoked').cert).serialNumber);
    const after = await download(server, '/api/ca/crl');
    expect(await talk('revoked', after)).toMatch(/^refused: /);
    expect(await talk('client', after)).toBe('client: hello');
  });
});
