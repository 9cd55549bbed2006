import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, download } from './api-client.ts';
import { makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';
import { makeWorkDirectory, type WorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

interface Generation {
  readonly id: string;
  readonly certificate: string;
  readonly crossCertificates: readonly string[];
}

interface AuthorityJson {
  readonly id: string;
  readonly generation: string;
  readonly certificate: string;
  readonly generations: readonly Generation[];
  readonly code?: string;
}

let server: RunningServer;
let work: WorkDirectory;
beforeAll(async () => {
  server = await startServer();
  work = makeWorkDirectory();
});
afterAll(async () => {
  work.remove();
  await server.stop();
});

async function post(path: string, body: unknown = {}): Promise<AuthorityJson> {
  const response = await fetch(`${server.url}/api/v1/authorities${path}`, {
    method: 'POST',
    headers: { Authorization: authorization(server) },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function issue(authority: string, names: string): Promise<{ status: number; text: string }> {
  const { csrPem } = makeKeyAndCsr(work, 'leaf', names);
  const response = await fetch(`${server.url}/api/v1/certificates?authority=${authority}`, {
    method: 'POST',
    headers: { Authorization: authorization(server), Accept: 'application/x-pem-file' },
    body: csrPem,
  });
  return { status: response.status, text: await response.text() };
}

function firstPem(pem: string): string {
  return `${pem.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`;
}

/** Verifies the leaf with openssl, with one root and the given other certificates. */
function verify(
  leaf: string,
  root: string,
  { untrusted = '', crls = '', more = [] as string[] } = {},
): string {
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver'];
  args.push('-no-CApath', '-no-CAstore', '-CAfile', work.write('root.pem', root + crls));
  if (untrusted !== '') args.push('-untrusted', work.write('untrusted.pem', untrusted));
  args.push(...more, work.write('leaf.pem', leaf));
  const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return /: OK$/m.test(stdout) ? 'OK' : stderr + stdout;
}

async function crlPem(id: string): Promise<string> {
  const response = await fetch(`${server.url}/crl/${id}.crl`);
  const der = Buffer.from(await response.arrayBuffer()).toString('base64');
  return `-----BEGIN X509 CRL-----\n${(der.match(/.{1,64}/g) ?? []).join('\n')}\n-----END X509 CRL-----\n`;
}

describe.skipIf(openssl.missing)(
  openssl.title('a tree of authorities, verified by openssl'),
  () => {
    it('verifies below an issuing CA, which refuses names outside its constraints', async () => {
      const ca = await post('', {
        name: 'Issuing',
        subject: 'CN=Issuing CA,O=Interop',
        parent: 'default',
        keyAlgorithm: 'P-384',
        pathLength: 0,
        permittedNames: { dns: ['example.test'], ip: ['192.0.2.0/24'] },
        extendedKeyUsages: ['serverAuth', 'clientAuth'],
      });
      const root = await download(server, '/api/ca/cacert');
      const leaf = await issue(ca.id, 'DNS:a.example.test,IP:192.0.2.7');
      expect(leaf.status).toBe(201);
      const check = {
        untrusted: ca.certificate,
        crls: (await crlPem('default')) + (await crlPem(ca.id)),
        more: ['-crl_check_all'],
      };
      expect(verify(firstPem(leaf.text), root, check)).toBe('OK');
      expect(verify(firstPem(leaf.text), root)).toMatch(/unable to get local issuer/);

      const refused = await issue(ca.id, 'DNS:a.example.org');
      expect(refused).toMatchObject({
        status: 400,
        text: expect.stringContaining('constraint-violated'),
      });
      const deeper = await post('', { name: 'a', subject: 'CN=Deeper', parent: ca.id });
      expect(deeper.code).toBe('constraint-violated');

      await post(`/${ca.id}/revoke`, { reason: 'cessationOfOperation' });
      const afterwards = { ...check, crls: (await crlPem('default')) + (await crlPem(ca.id)) };
      expect(verify(firstPem(leaf.text), root, afterwards)).toMatch(/certificate revoked/);
      expect((await issue(ca.id, 'DNS:a.example.test')).status).toBe(503);
    });

    it('verifies old and new leaves below the old and the new root of a re-keyed CA', async () => {
      const oldRoot = await download(server, '/api/ca/cacert');
      const oldLeaf = firstPem((await issue('default', 'DNS:old.test')).text);
      const rekeyed = await post('/default/rekey', { keyAlgorithm: 'RSA-2048' });
      expect(rekeyed.generation).toBe('default-2');
      const newRoot = await download(server, '/api/ca/cacert');
      expect(newRoot).not.toBe(oldRoot);
      const answer = (await issue('default', 'DNS:new.test')).text;
      const newLeaf = firstPem(answer);
      const sentAlong = answer.slice(newLeaf.length);
      const oldByNew = await download(server, '/ca/default-cross.pem');

      expect(verify(oldLeaf, oldRoot)).toBe('OK');
      expect(verify(newLeaf, newRoot)).toBe('OK');
      expect(verify(newLeaf, oldRoot)).not.toBe('OK');
      expect(verify(oldLeaf, newRoot)).not.toBe('OK');
      expect(verify(newLeaf, oldRoot, { untrusted: sentAlong })).toBe('OK');
      expect(verify(newLeaf, newRoot, { untrusted: sentAlong })).toBe('OK');
      expect(verify(oldLeaf, newRoot, { untrusted: oldByNew })).toBe('OK');

      const crls = await download(server, '/api/ca/crl');
      expect(crls.match(/BEGIN X509 CRL/g)).toHaveLength(2);
      const more = ['-crl_check_all'];
      expect(verify(oldLeaf, oldRoot, { crls, more })).toBe('OK');
      expect(verify(newLeaf, newRoot, { crls, more })).toBe('OK');
      expect(verify(newLeaf, oldRoot, { crls, more, untrusted: sentAlong })).toBe('OK');
      expect(verify(oldLeaf, newRoot, { crls, more, untrusted: oldByNew })).toBe('OK');
    });
  },
);
