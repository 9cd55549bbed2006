import { createServer } from 'node:http';
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls';
import { listen } from './listen.ts';

/** Answers http-01 challenges. */
export interface HttpResponder {
  readonly port: number;
  /** The key authorization of each token. */
  readonly tokens: Map<string, string>;
  stop(): Promise<void>;
}

const WELL_KNOWN = '/.well-known/acme-challenge/';

export async function startHttpResponder(): Promise<HttpResponder> {
  const tokens = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const keyAuthorization = path.startsWith(WELL_KNOWN)
      ? tokens.get(path.slice(WELL_KNOWN.length))
      : undefined;
    if (keyAuthorization === undefined) response.writeHead(404).end('no such token');
    else response.writeHead(200, { 'Content-Type': 'text/plain' }).end(keyAuthorization);
  });
  return { tokens, ...(await listen(server)) };
}

/** Answers tls-alpn-01 challenges. */
export interface TlsResponder {
  readonly port: number;
  /** Presents a certificate to clients that name this server (RFC 8737; RFC 8738 for addresses). */
  present(serverName: string, keyPem: string | Buffer, certificatePem: string | Buffer): void;
  stop(): Promise<void>;
}

export async function startTlsResponder(): Promise<TlsResponder> {
  const contexts = new Map<string, SecureContext>();
  const server = createTlsServer(
    {
      ALPNProtocols: ['acme-tls/1'],
      SNICallback(serverName, done) {
        const context = contexts.get(serverName);
        if (context === undefined) done(new Error(`nothing is presented for ${serverName}`));
        else done(null, context);
      },
    },
    (socket) => socket.end(),
  );
  // Signet ends the handshake after the certificate.
  server.on('tlsClientError', () => {});
  return {
    present(serverName, key, cert) {
      contexts.set(serverName, createSecureContext({ key, cert }));
    },
    ...(await listen(server)),
  };
}
