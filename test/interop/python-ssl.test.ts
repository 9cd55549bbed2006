import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download } from './api-client.ts';
import { certificateOf, createDialectClient, type DialectClient } from './dialect-client.ts';
import { makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const python = requireTool('python3');
const SCRIPT = join(import.meta.dirname, 'python-ssl.py');

describe.skipIf(openssl.missing || python.missing)(
  openssl.title(python.title('Python’s ssl, as the demo client of openssl-ca-server uses it')),
  () => {
    const work = makeWorkDirectory();
    const certificates = new Map<string, string>();
    let server: RunningServer;
    let client: DialectClient;

    beforeAll(async () => {
      server = await startServer();
      client = createDialectClient(server);
      for (const name of ['server', 'client', 'revoked']) {
        const { csrPem } = makeKeyAndCsr(work, name, 'DNS:localhost,IP:127.0.0.1');
        const pem = certificateOf(await client.sign(csrPem));
        certificates.set(name, pem);
        work.write(`${name}.pem`, pem);
      }
      work.write('cacert.pem', await download(server, '/api/ca/cacert'));
      await loadCrl();
    });
    afterAll(async () => {
      await server.stop();
      work.remove();
    });

    async function loadCrl(): Promise<void> {
      work.write('ca_crl.pem', await download(server, '/api/ca/crl'));
    }

    function talk(name: string, ...options: string[]): string {
      return run('python3', [SCRIPT, work.path, name, ...options]).stdout;
    }

    it.each([[], ['strict']])('completes mutual TLS %s', (...options) => {
      expect(talk('client', ...options)).toBe('client: welcome\nserver: hello TLSv1.3\n');
    });

    it('refuses a revoked client, from the next CRL on', async () => {
      expect(talk('revoked')).toContain('server: hello');
      const { body } = await client.revokeCertificate(certificates.get('revoked') ?? '');
      expect(body.status).toBe(0);
      await loadCrl();
      const said = talk('revoked');
      expect(said).toMatch(/^server: .*certificate revoked/m);
      expect(said).not.toContain('welcome');
      expect(talk('client')).toContain('client: welcome');
    });

    it('refuses a revoked server', async () => {
      const { body } = await client.revokeCertificate(certificates.get('server') ?? '');
      expect(body.status).toBe(0);
      await loadCrl();
      const said = talk('client');
      expect(said).toContain('client: SSLCertVerificationError');
      expect(said).not.toContain('hello');
    });
  },
);
