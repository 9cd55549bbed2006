import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization } from './api-client.ts';
import { csrPem } from './fixtures.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run } from './tools.ts';

const openssl = requireTool('openssl', ['version']);
const certtool = requireTool('certtool');

describe.skipIf(openssl.missing)(openssl.title('openssl and the forms of a certificate'), () => {
  let server: RunningServer;
  let path: string;

  async function send(to: string, body: unknown, accept = 'application/json') {
    const response = await fetch(`${server.url}${to}`, {
      ...(body === null ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { Authorization: authorization(server), Accept: accept },
    });
    if (!response.ok) throw new Error(await response.text());
    return response;
  }

  async function download(accept: string): Promise<Uint8Array> {
    return new Uint8Array(await (await send(path, null, accept)).arrayBuffer());
  }

  beforeAll(async () => {
    server = await startServer();
    const ca = { name: 'Issuing', subject: 'CN=Issuing CA', parent: 'default' };
    const created: unknown = await (await send('/api/v1/authorities', ca)).json();
    const issued = await send('/api/v1/certificates', {
      csr: csrPem('rsa-2048-sha256'),
      authority: Object.entries(created ?? {}).find(([field]) => field === 'id')?.[1],
    });
    path = issued.headers.get('Location') ?? '';
  });
  afterAll(() => server?.stop());

  function print(args: readonly string[], input: Uint8Array): string {
    return run('openssl', args, { input }).stdout;
  }

  it('reads DER and PEM as the same certificate', async () => {
    const der = print(['x509', '-inform', 'DER'], await download('application/pkix-cert'));
    const pem = print(['x509'], await download('application/x-pem-file'));
    const first = print(['x509'], await download('application/pem-certificate-chain'));
    expect(pem).toBe(der);
    expect(first).toBe(der);
  });

  it.each(['application/pkcs7-mime', 'application/x-pkcs7-certificates'])(
    'prints the certificates of %s, the leaf first',
    async (type) => {
      const p7b = await download(type);
      const printed = print(['pkcs7', '-inform', 'DER', '-print_certs'], p7b);
      expect(printed.match(/subject=.*CN ?= ?.*/g)).toEqual([
        expect.stringMatching(/host\.fixture\.test$/),
        expect.stringMatching(/Issuing CA$/),
      ]);
      const chain = Buffer.from(await download('application/pem-certificate-chain')).toString();
      const pems = printed.match(/-----BEGIN[\s\S]*?END CERTIFICATE-----\n/g);
      expect(pems?.join('')).toBe(chain);
    },
  );

  it.skipIf(certtool.missing)(certtool.title('certtool reads the PKCS#7'), async () => {
    const input = await download('application/pkcs7-mime');
    const { stdout } = run('certtool', ['--p7-info', '--inder'], { input });
    expect(stdout.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('writes the text that openssl writes', async () => {
    const ours = Buffer.from(await download('text/plain')).toString();
    const input = await download('application/pkix-cert');
    const theirs = print(['x509', '-inform', 'DER', '-noout', '-text'], input);
    const unspaced = (text: string) =>
      text.replace(/(Issuer|Subject):.*/g, (line) => line.replaceAll(' = ', '='));
    expect(ours).toBe(unspaced(theirs));
  });
});
