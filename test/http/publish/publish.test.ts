import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { SignetError } from '../../../src/errors.ts';
import type { WorkersCache } from '../../../src/http/edge/purge.ts';
import type { Services } from '../../../src/http/services.ts';
import { createWorkersCache } from '../edge/workers-cache.ts';
import {
  CONFIG,
  createFakeAuthority,
  createFakeServices,
  makeList,
  NOW_MS,
  pemToDer,
  readText,
  send,
} from '../fakes.ts';
import { LEAF_PEM, LEAF_SERIAL_HEX, ROOT_PEM } from '../fixtures/certificates.ts';

const PATHS = [
  '/ca/default.crt',
  '/ca/default.pem',
  '/crl/default.crl',
  '/api/ca/cacert',
  '/api/ca/crl',
] as const;

const CRL = makeList(Uint8Array.of(0x30, 0));

beforeEach(async () => {
  for (const path of PATHS) await caches.default.delete(`${CONFIG.publicationUrl}${path}`);
});

function open(overrides: Partial<Services> = {}, cache: WorkersCache | null = null) {
  return createFakeServices(overrides, cache);
}

/** Purges as the revocation of a certificate does. */
function purgeLeaf({ edge }: Services): Promise<void> {
  const leaf = { authorityId: 'default', crlPartition: null, serialHex: LEAF_SERIAL_HEX };
  const revocations = [{ ...leaf, revision: 8 }];
  return edge.purge({ revocations }, { requestId: 'a-request' });
}

describe('published downloads', () => {
  it.each([
    ['/ca/default.crt', 'application/pkix-cert', null, 'ca-default'],
    ['/ca/default.pem', 'application/pem-certificate-chain', null, 'ca-default'],
    ['/crl/default.crl', 'application/pkix-crl', null, 'crl-default,crls-default'],
    ['/api/ca/cacert', 'application/x-pem-file', 'attachment; filename=cacert.pem', 'ca-default'],
    [
      '/api/ca/crl',
      'application/x-pem-file',
      'attachment; filename=ca_crl.pem',
      'crl-default,crls-default',
    ],
  ])('serves %s with its headers', async (path, contentType, disposition, tag) => {
    const { services } = await open();
    const { response } = await send(services, path);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe(contentType);
    expect(response.headers.get('Content-Disposition')).toBe(disposition);
    expect(response.headers.get('Cache-Tag')).toBe(tag);
    expect(response.headers.get('Cache-Control')).toBe(
      'public, no-transform, must-revalidate, max-age=0, s-maxage=60',
    );
    expect(response.headers.get('ETag')).toMatch(/^"[0-9a-f]{32}"$/);
    expect(response.headers.get('Last-Modified')).toMatch(/^Sat, 31 Jan 2026 11:59:5\d GMT$/);
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('serves the certificate byte for byte, in DER and in PEM', async () => {
    const { services } = await open();
    const { response: der } = await send(services, '/ca/default.crt');
    expect(new Uint8Array(await der.arrayBuffer())).toEqual(pemToDer(ROOT_PEM));
    expect(await readText((await send(services, '/api/ca/cacert')).response)).toBe(ROOT_PEM);
  });

  it('serves a subordinate CA with its chain up to the root, in PEM', async () => {
    const authority = await createFakeAuthority([pemToDer(LEAF_PEM)]);
    const { services } = await open({ openAuthority: async () => authority });
    for (const path of ['/ca/default.pem', '/api/ca/cacert']) {
      const { response } = await send(services, path);
      const blocks = parsePem(await readText(response));
      expect(blocks.map(({ der }) => der)).toEqual([pemToDer(ROOT_PEM), pemToDer(LEAF_PEM)]);
    }
  });

  it('serves a cache hit without a query and without a signature', async () => {
    for (const path of PATHS) {
      const { services, calls } = await open();
      const { response: miss } = await send(services, path);
      const body = await readText(miss);
      expect(calls.some((name) => /^(?:open(?:Current)?Authority|currentCrl)$/.test(name))).toBe(
        true,
      );
      calls.length = 0;
      const { response: hit, lines } = await send(services, `${path}?x=1`, {
        headers: { 'Cache-Control': 'no-cache' },
      });
      expect(await readText(hit)).toBe(body);
      expect(hit.headers.get('ETag')).toBe(miss.headers.get('ETag'));
      expect(hit.headers.get('X-Request-Id')).not.toBe(miss.headers.get('X-Request-Id'));
      expect(hit.headers.get('CF-Cache-Status')).toBe('HIT');
      expect(lines).toEqual([]);
      expect(calls.filter((name) => name !== 'config')).toEqual([]);
    }
  });

  it.each(['/crl/%64efault.crl', '/%63rl/default.crl', '/crl/def%61ult/0.crl', '/api/ca/%63rl'])(
    'answers 404 for %s, a spelling that would have a cache entry of its own',
    async (path) => {
      const { services, calls } = await open();
      const { response } = await send(services, path);
      expect(response.status).toBe(404);
      expect(calls).toEqual([]);
    },
  );

  it('answers 304 if the client has the file, from the edge and without', async () => {
    const { services } = await open();
    const etag = (await send(services, '/crl/default.crl')).response.headers.get('ETag') ?? '';
    for (const hit of [false, true]) {
      for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        if (!hit) await caches.default.delete(`${CONFIG.publicationUrl}/crl/default.crl`);
        const { response } = await send(services, '/crl/default.crl', {
          headers: { 'If-None-Match': condition },
        });
        expect(response.status).toBe(304);
        expect(response.headers.get('ETag')).toBe(etag);
        expect(response.headers.get('Cache-Control')).toContain('s-maxage=60');
        expect(await readText(response)).toBe('');
      }
    }
    const { response } = await send(services, '/crl/default.crl', {
      headers: { 'If-None-Match': '"other"' },
    });
    expect(response.status).toBe(200);
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    for (const path of PATHS) {
      const { services } = await open();
      const { response: head } = await send(services, path, { method: 'HEAD' });
      const { response: get } = await send(services, path);
      expect(head.status).toBe(200);
      expect(await readText(head)).toBe('');
      for (const name of ['ETag', 'Content-Length', 'Content-Type', 'Cache-Control']) {
        expect(head.headers.get(name), name).toBe(get.headers.get(name));
      }
      expect(Number(get.headers.get('Content-Length'))).toBe((await get.arrayBuffer()).byteLength);
    }
  });

  it('does not cache a list after its nextUpdate', async () => {
    const nextUpdateSeconds = NOW_MS / 1000 + 5;
    const { services } = await open({ currentCrl: async () => ({ ...CRL, nextUpdateSeconds }) });
    const { response } = await send(services, '/crl/default.crl');
    expect(response.headers.get('Cache-Control')).toContain('s-maxage=5');
  });

  it('caches nothing if EDGE_TTL_SECONDS is 0', async () => {
    const { services, calls } = await open({ config: { ...CONFIG, edgeTtlSeconds: 0 } });
    await send(services, '/crl/default.crl');
    calls.length = 0;
    await send(services, '/crl/default.crl');
    expect(calls).toContain('currentCrl');
  });

  it('does not cache a list that changed while it was built', async () => {
    const { services, calls } = await open({ findScopeRevision: async () => 8 });
    await send(services, '/crl/default.crl');
    calls.length = 0;
    await send(services, '/crl/default.crl');
    expect(calls).toContain('currentCrl');
  });

  it('does not cache the lists of all generations if one was revoked in while another expired', async () => {
    let hasEnded = false;
    const authority = await createFakeAuthority();
    const openAuthority = async (generationId: string) => ({
      ...authority,
      generationId,
      notAfterSeconds: hasEnded && generationId === 'default' ? 0 : authority.notAfterSeconds,
    });
    const { services, calls } = await open({
      openAuthority,
      openCurrentAuthority: () => openAuthority('default-2'),
      listGenerations: async () => ['default', 'default-2'],
      async currentCrl(authorityId) {
        // The older generation's list is built last.
        hasEnded = authorityId === 'default';
        return CRL;
      },
      findScopeRevision: async (authorityId) => (authorityId === 'default-2' ? 8 : 7),
    });
    await send(services, '/api/ca/crl');
    calls.length = 0;
    await send(services, '/api/ca/crl');
    expect(calls).toContain('currentCrl');
  });

  it('shows a revocation in the next download, from every address of the list', async () => {
    let current = CRL;
    const { services } = await open({
      currentCrl: async () => current,
      findScopeRevision: async () => current.revision,
    });
    await send(services, '/crl/default.crl');
    await send(services, '/api/ca/crl');
    current = makeList(Uint8Array.of(0x30, 1, 0), { revision: 8 });
    await purgeLeaf(services);
    const { response } = await send(services, '/crl/default.crl');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0x30, 1, 0));
    const pem = await readText((await send(services, '/api/ca/crl')).response);
    expect(parsePem(pem)[0]?.der).toEqual(Uint8Array.of(0x30, 1, 0));
  });

  it('does not serve an entry from before a revocation, not even before it is deleted', async () => {
    const old = CRL;
    let current = CRL;
    const begun = Promise.withResolvers<void>();
    const building = Promise.withResolvers<void>();
    const stored = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    let builds = 0;
    const { services } = await open({
      currentCrl: async () => {
        if (builds++ > 0) return current;
        begun.resolve();
        await building.promise;
        return old;
      },
      findScopeRevision: async () => current.revision,
    });
    const stale = send(services, '/crl/default.crl');
    await begun.promise;
    current = makeList(Uint8Array.of(0x30, 1, 0), { revision: 8 });
    await purgeLeaf(services);
    const remove = caches.default.delete.bind(caches.default);
    const deleting = vi.spyOn(caches.default, 'delete').mockImplementationOnce(async (key) => {
      stored.resolve();
      await answered.promise;
      return remove(key);
    });
    building.resolve();
    await stored.promise;
    const { response } = await send(services, '/crl/default.crl');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0x30, 1, 0));
    answered.resolve();
    await stale;
    expect(deleting).toHaveBeenCalledOnce();
    deleting.mockRestore();
  });

  it('answers 404 for an unknown authority, and does not cache that', async () => {
    const { services } = await open();
    const { response } = await send(services, '/ca/other.crt');
    expect(response.status).toBe(404);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect((await send(services, '/ca/default.txt')).response.status).toBe(404);
  });

  it('answers 404 for cacert if there is no root yet, and logs the cause', async () => {
    const { services } = await open({
      openAuthority: async () => {
        throw new SignetError('authority-unavailable', 'No.', { cause: 'CA_KEY is not set' });
      },
    });
    const { response, line } = await send(services, '/api/ca/cacert');
    expect(response.status).toBe(404);
    expect(line).toMatchObject({ level: 'error', error: 'CA_KEY is not set' });
  });
});

describe('with Workers Cache', () => {
  it('does not use the Cache API', async () => {
    const { cache, purges } = createWorkersCache();
    const { services, calls } = await open({}, cache);
    const { response } = await send(services, '/crl/default.crl');
    expect(response.headers.get('Cache-Control')).toContain('s-maxage=60');
    calls.length = 0;
    await send(services, '/crl/default.crl');
    expect(calls).toContain('currentCrl');
    expect(purges).toEqual([]);
  });

  it('redirects a query to the address without it, because it would have an entry of its own', async () => {
    const { services, calls } = await open({}, createWorkersCache().cache);
    for (const path of ['/crl/default.crl', '/ca/default.crt', '/api/ca/crl']) {
      const { response } = await send(services, `${path}?a=1`);
      expect(response.status).toBe(308);
      expect(response.headers.get('Location')).toBe(path);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
    }
    expect(calls).toEqual([]);
  });

  it('forbids caching a list that changed while it was built', async () => {
    const { services } = await open(
      { findScopeRevision: async () => 8 },
      createWorkersCache().cache,
    );
    const { response } = await send(services, '/crl/default.crl');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  it('purges a list by its own tag if a revocation was committed while it was answered', async () => {
    const revisions = [7, 8];
    const { cache, purges } = createWorkersCache();
    const { services } = await open(
      { findScopeRevision: async () => revisions.shift() ?? 8 },
      cache,
    );
    await send(services, '/crl/default.crl');
    expect(purges).toEqual([['crl-default']]);
  });
});
