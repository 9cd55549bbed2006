import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { releaseBytes } from '../../../src/bytes.ts';
import type { Edge } from '../../../src/http/edge/edge.ts';
import type { EdgeEntry, EdgeResource } from '../../../src/http/edge/resource.ts';
import { CONFIG, createFakeServices } from '../fakes.ts';
import { createWorkersCache } from './workers-cache.ts';

const PATH = '/a/resource';
const CONTENT = Uint8Array.of(1, 2, 3);

beforeEach(async () => {
  await caches.default.delete(`${CONFIG.publicationUrl}${PATH}`);
});

function makeResource(changes: Partial<EdgeEntry> = {}) {
  const builds: string[] = [];
  const resource: EdgeResource = {
    path: PATH,
    tags: ['all', 'own'],
    ownTag: 'own',
    async build(layer) {
      builds.push(layer);
      return {
        headers: new Headers({
          'Content-Type': 'application/x-test',
          ETag: '"a-tag"',
          'Cache-Control': 'public, s-maxage=60',
        }),
        content: CONTENT,
        release: null,
        edgeSeconds: 60,
        hasChanged: async () => false,
        checksBeforeAnswer: false,
        ...changes,
      };
    },
  };
  return { resource, builds };
}

async function serve(edge: Edge, resource: EdgeResource, init: RequestInit = {}) {
  const context = createExecutionContext();
  const request = new Request(`https://any.test${PATH}`, init);
  let isHit = false;
  const response = await edge.serve(
    {
      request,
      url: new URL(request.url),
      waitUntil: (promise) => context.waitUntil(promise),
      noteHit() {
        isHit = true;
      },
    },
    resource,
  );
  const body = new Uint8Array(await response.arrayBuffer());
  await waitOnExecutionContext(context);
  return { response, body, isHit };
}

describe('serving from the Cache API', () => {
  it('builds once, and sends neither the mark nor a body to a conditional request', async () => {
    const { edge } = (await createFakeServices()).services;
    const { resource, builds } = makeResource();
    expect((await serve(edge, resource)).isHit).toBe(false);
    const { response, body, isHit } = await serve(edge, resource);
    expect([isHit, body, builds]).toEqual([true, CONTENT, ['cache-api']]);
    expect(response.headers.get('Cache-Tag')).toBe('all,own');
    expect(response.headers.has('X-Fill-Mark')).toBe(false);
    const known = await serve(edge, resource, { headers: { 'If-None-Match': 'W/"a-tag"' } });
    expect([known.response.status, known.body.length]).toEqual([304, 0]);
  });

  it('shares the entry with POST, whose answer has no caching headers', async () => {
    const { edge } = (await createFakeServices()).services;
    const { resource } = makeResource();
    await serve(edge, resource);
    const { response, body, isHit } = await serve(edge, resource, { method: 'POST' });
    expect([isHit, body]).toEqual([true, CONTENT]);
    expect([...response.headers.keys()]).toEqual(['content-type']);
  });

  it.each<[string, Partial<EdgeEntry>]>([
    ['may not be cached', { edgeSeconds: 0 }],
    ['has changed since', { hasChanged: async () => true }],
    [
      'cannot be checked',
      {
        hasChanged: async () => {
          throw new Error('no database');
        },
      },
    ],
  ])('keeps no entry that %s', async (_, changes) => {
    const { edge } = (await createFakeServices()).services;
    const { resource, builds } = makeResource(changes);
    await serve(edge, resource);
    expect((await serve(edge, resource)).isHit).toBe(false);
    expect(builds).toHaveLength(2);
  });

  it('passes on a response that must not be cached', async () => {
    const { edge } = (await createFakeServices()).services;
    const uncached: EdgeResource = {
      ...makeResource().resource,
      build: async () => new Response('no'),
    };
    for (let i = 0; i < 2; i++) expect((await serve(edge, uncached)).isHit).toBe(false);
  });
});

describe.each([
  ['short', 3],
  ['long', 100_000],
])('%s content that can be released', (_, length) => {
  const whole = new Uint8Array(length).fill(7);
  function makeReleasable() {
    const content = whole.slice();
    return { content, ...makeResource({ content, release: () => releaseBytes(content) }) };
  }

  it('is whole in the answer and in the entry of the Cache API', async () => {
    const { edge } = (await createFakeServices()).services;
    const { resource, content } = makeReleasable();
    expect((await serve(edge, resource)).body).toEqual(whole);
    expect(content.length).toBe(0);
    const { isHit, body } = await serve(edge, resource);
    expect([isHit, body]).toEqual([true, whole]);
  });

  it.each<[string, RequestInit]>([
    ['GET', {}],
    ['HEAD', { method: 'HEAD' }],
    ['a conditional request', { headers: { 'If-None-Match': '"a-tag"' } }],
  ])('is released behind Workers Cache by %s', async (method, init) => {
    const { edge } = (await createFakeServices({}, createWorkersCache().cache)).services;
    const { resource, content } = makeReleasable();
    expect((await serve(edge, resource, init)).body).toEqual(
      method === 'GET' ? whole : new Uint8Array(0),
    );
    expect(content.length).toBe(0);
  });

  it('is released if the client does not read it to its end', async () => {
    const { edge } = (await createFakeServices({}, createWorkersCache().cache)).services;
    const { resource, content } = makeReleasable();
    const context = createExecutionContext();
    const request = new Request(`https://any.test${PATH}`);
    const asked = {
      ...{ request, url: new URL(request.url), noteHit: () => {} },
      waitUntil: (promise: Promise<unknown>) => context.waitUntil(promise),
    };
    await (await edge.serve(asked, resource)).body?.cancel();
    await waitOnExecutionContext(context);
    expect(content.length).toBe(0);
  });
});

describe('serving behind Workers Cache', () => {
  it('stores nothing itself, and purges the own tag if the record changed meanwhile', async () => {
    for (const moved of [false, true]) {
      const { cache, purges } = createWorkersCache();
      const { edge } = (await createFakeServices({}, cache)).services;
      const { resource, builds } = makeResource({ hasChanged: async () => moved });
      const { response, isHit } = await serve(edge, resource);
      expect([isHit, builds]).toEqual([false, ['workers-cache']]);
      expect(response.headers.get('Cache-Control')).toBe('public, s-maxage=60');
      expect(await caches.default.match(`${CONFIG.publicationUrl}${PATH}`)).toBeUndefined();
      expect(purges).toEqual(moved ? [['own']] : []);
    }
  });

  it('checks a long body after its end, when the platform stores it', async () => {
    const { cache, purges } = createWorkersCache();
    const { edge } = (await createFakeServices({}, cache)).services;
    let changed = false;
    async function* read() {
      yield Uint8Array.of(1);
      await new Promise((resolve) => setTimeout(resolve, 1200));
      changed = true;
      yield Uint8Array.of(2);
    }
    const { resource } = makeResource({
      content: { byteLength: 2, read },
      hasChanged: async () => changed,
    });
    expect((await serve(edge, resource)).body).toEqual(Uint8Array.of(1, 2));
    expect(purges).toEqual([['own']]);
  });

  it('forbids caching what took long to build and has changed meanwhile', async () => {
    const { cache, purges } = createWorkersCache();
    const { edge } = (await createFakeServices({}, cache)).services;
    const { resource } = makeResource({ checksBeforeAnswer: true, hasChanged: async () => true });
    const { response } = await serve(edge, resource);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(purges).toEqual([]);
  });

  it('logs a refused purge', async () => {
    const { services, edgeLog } = await createFakeServices({}, createWorkersCache(false).cache);
    await serve(services.edge, makeResource({ hasChanged: async () => true }).resource);
    expect(edgeLog).toMatchObject([{ level: 'error', tags: ['own'] }]);
  });
});
