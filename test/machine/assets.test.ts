import { describe, expect, it } from 'vitest';
import { answerAsset } from '../../src/machine/assets.ts';

const MANIFEST = {
  files: {
    '/console/': {
      file: 'console/index.html',
      headers: { ETag: '"a"', 'Content-Type': 'text/html' },
    },
  },
  redirects: { '/console': '/console/', '/console/index.html': '/console/' },
};
const SERVICE = {
  fetch: async (url: string) =>
    url === 'http://assets/console/index.html'
      ? new Response('<p>', { headers: { 'Content-Type': 'application/octet-stream' } })
      : new Response(null, { status: 404 }),
};

const ask = (path: string, init: RequestInit = {}) =>
  answerAsset(new Request(`https://ca.example${path}`, init), MANIFEST, SERVICE);

describe('answerAsset', () => {
  it('answers with the headers of the manifest', async () => {
    const answer = await ask('/console/?x=1');
    expect(await answer?.text()).toBe('<p>');
    expect(Object.fromEntries(answer?.headers ?? [])).toEqual({
      etag: '"a"',
      'content-type': 'text/html',
    });
  });

  it('answers HEAD and conditions', async () => {
    expect((await ask('/console/', { method: 'HEAD' }))?.status).toBe(200);
    const same = await ask('/console/', { headers: { 'If-None-Match': '"a"' } });
    expect(same?.status).toBe(304);
  });

  it.each(['/console', '/console/index.html'])('leads from %s to the page', async (path) => {
    const answer = await ask(path);
    expect([answer?.status, answer?.headers.get('Location')]).toEqual([307, '/console/']);
  });

  it.each(['/', '/console/x', '/console/../x', '/constructor', '/__proto__'])(
    'has no %s',
    async (path) => {
      expect(await ask(path)).toBe(null);
    },
  );

  it('leaves other methods to the Worker', async () => {
    expect(await ask('/console/', { method: 'POST' })).toBe(null);
  });
});
