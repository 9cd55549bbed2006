import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, download } from './api-client.ts';
import { makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';
import { makeWorkDirectory, type WorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

let server: RunningServer;
let work: WorkDirectory;
beforeAll(async () => {
  server = await startServer({ vars: { EDGE_TTL_SECONDS: '0' } });
  work = makeWorkDirectory();
});
afterAll(async () => {
  work.remove();
  await server.stop();
});

async function send(path: string, body: string): Promise<Response> {
  const headers = { Authorization: authorization(server), Accept: 'application/x-pem-file' };
  return fetch(`${server.url}${path}`, { method: 'POST', headers, body });
}

async function issue(name: string) {
  const { csrPem } = makeKeyAndCsr(work, name, `DNS:${name}.example`);
  const response = await send('/api/v1/certificates', csrPem);
  expect(response.status).toBe(201);
  const [leaf] = (await response.text()).split(/(?<=-----END CERTIFICATE-----\n)/);
  return { leaf: leaf ?? '', location: response.headers.get('Location') ?? '' };
}

async function change(location: string, what: 'revoke' | 'release', body = ''): Promise<void> {
  const response = await send(location.replace('?', `/${what}?`), body);
  expect(await response.text()).toContain('"serial"');
}

async function listPem(path: string): Promise<string> {
  const bytes = new Uint8Array(await (await fetch(server.url + path)).arrayBuffer());
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}

/** The result of openssl's verification of a leaf with only these lists. */
function verify(leaf: string, root: string, lists: readonly string[], more: readonly string[]) {
  const files = [
    ['-CAfile', work.write('root.pem', root)],
    ['-CRLfile', work.write('lists.pem', lists.join(''))],
  ].flat();
  const args = ['verify', '-no-CApath', '-no-CAstore', '-crl_check', ...more, ...files];
  const { stdout, stderr } = spawnSync('openssl', [...args, work.write('leaf.pem', leaf)], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe.skipIf(openssl.missing)(openssl.title('partitions and deltas'), () => {
  it('have valid signatures', async () => {
    expect((await fetch(`${server.url}/crl/default/0.crl`)).status).toBe(404);
    // From here on the first partition has a certificate.
    await issue('first');
    expect((await fetch(`${server.url}/crl/default/1.crl`)).status).toBe(404);
    const root = await download(server, '/api/ca/cacert');
    for (const path of [
      '/crl/default.crl',
      '/crl/default/delta.crl',
      '/crl/default/0.crl',
      '/crl/default/0-delta.crl',
    ]) {
      const args = ['crl', '-noout', '-text', '-CAfile', work.write('root.pem', root)];
      const { stdout, stderr } = spawnSync('openssl', args, {
        input: await listPem(path),
        encoding: 'utf8',
      });
      expect(stderr).toContain('verify OK');
      expect(/Delta CRL Indicator: critical/.test(stdout)).toBe(path.endsWith('delta.crl'));
      expect(/Issuing Distribution Point: critical/.test(stdout)).toBe(path.includes('/0'));
      expect(/Freshest CRL/.test(stdout)).toBe(!path.endsWith('delta.crl'));
    }
  });

  it('show a revocation, a hold and a release to openssl', async () => {
    const root = await download(server, '/api/ca/cacert');
    const [revoked, held, good] = [
      await issue('revoked'),
      await issue('held'),
      await issue('good'),
    ];
    await change(held.location, 'revoke', '{"reason":"certificateHold"}');
    const extended = ['-extended_crl', '-use_deltas'];
    for (const [full, delta] of [
      ['/crl/default/0.crl', '/crl/default/0-delta.crl'],
      ['/crl/default.crl', '/crl/default/delta.crl'],
    ] as const) {
      const base = await listPem(full);
      expect(verify(held.leaf, root, [base], [])).toContain('certificate revoked');
      expect(verify(good.leaf, root, [base], [])).toContain('OK');
      if (full === '/crl/default/0.crl') {
        await change(revoked.location, 'revoke');
        await change(held.location, 'release');
        const lists = [base, await listPem(delta)];
        expect(verify(revoked.leaf, root, [base], [])).toContain('OK');
        expect(verify(revoked.leaf, root, lists, extended)).toContain('certificate revoked');
        expect(verify(held.leaf, root, lists, extended)).toContain('OK');
        expect(verify(good.leaf, root, lists, extended)).toContain('OK');
        await change(held.location, 'revoke', '{"reason":"certificateHold"}');
      }
    }
  });
});
