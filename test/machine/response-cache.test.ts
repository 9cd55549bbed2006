import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createResponseCache, type ResponseCache } from '../../src/machine/response-cache.ts';

const URL_OF_LIST = 'http://ca.example/crl/default.crl';
const MAX_ENTRIES = 5000;
const START_MS = Date.UTC(2030, 0, 1);

describe('createResponseCache', () => {
  let nowMs: number;
  let builds: number;
  let cache: ResponseCache;

  beforeEach(() => {
    nowMs = START_MS;
    builds = 0;
    cache = createResponseCache(
      () => nowMs,
      () => {},
    );
  });

  function publish(headers: Record<string, string> = {}, body: BodyInit = 'list'): Response {
    builds++;
    return new Response(body, {
      headers: {
        'Cache-Control': 'public, no-transform, must-revalidate, max-age=0, s-maxage=60',
        'Cache-Tag': 'crls-default,crl-default',
        'Content-Type': 'application/pkix-crl',
        ETag: '"1"',
        'X-Request-Id': 'of the first',
        ...headers,
      },
    });
  }

  const ask = (init: RequestInit = {}, url = URL_OF_LIST, answer = () => publish()) =>
    cache.answer(new Request(url, init), async () => answer());

  it('builds once, and tells the age', async () => {
    await ask();
    nowMs += 7000;
    const kept = await ask();
    expect(await kept.text()).toBe('list');
    expect(builds).toBe(1);
    expect(Object.fromEntries(kept.headers)).toMatchObject({
      age: '7',
      etag: '"1"',
      'content-type': 'application/pkix-crl',
    });
  });

  it('answers whole though the entry is purged before the body is read', async () => {
    const built = await ask();
    const kept = await ask();
    await cache.purge({ tags: ['crls-default'] });
    expect([await built.text(), await kept.text()]).toEqual(['list', 'list']);
    expect(await (await ask()).text()).toBe('list');
    expect(builds).toBe(2);
  });

  it('answers whole, and keeps the bytes no longer than they are read', async () => {
    const LONG = new Uint8Array(100_000).fill(7);
    const long = () => ask({}, URL_OF_LIST, () => publish({}, LONG));
    const answers = [await long(), await long(), await long()];
    await answers[2]?.body?.cancel();
    await cache.purge({ tags: ['crls-default'] });
    for (const answer of answers.slice(0, 2)) {
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(LONG);
    }
    expect(new Uint8Array(await (await long()).arrayBuffer())).toEqual(LONG);
    expect(builds).toBe(2);
  });

  it('answers whole what was purged while it was built', async () => {
    const built = await cache.answer(new Request(URL_OF_LIST), async () => {
      await cache.purge({ tags: ['other'] });
      return publish();
    });
    expect(await built.text()).toBe('list');
  });

  it('reads bodies of a known length, in memory and in pieces', async () => {
    const long = 'l'.repeat(200_000);
    const sized = (body: BodyInit) => () =>
      new Response(body, {
        headers: { ...Object.fromEntries(publish().headers), 'Content-Length': '200000' },
      });
    function inPieces() {
      const { readable, writable } = new FixedLengthStream(long.length);
      const pieces = new Blob([long.slice(0, 70_000), long.slice(70_000)]);
      void pieces.stream().pipeTo(writable);
      return readable;
    }
    for (const [i, body] of [long, inPieces()].entries()) {
      const url = `${URL_OF_LIST}?${i}`;
      expect(await (await ask({}, url, sized(body))).text()).toBe(long);
      const kept = await ask({}, url, sized('another'));
      expect(await kept.text()).toBe(long);
    }
  });

  it('keeps nothing of a body that breaks off', async () => {
    const short = () =>
      new Response('short', {
        headers: { ...Object.fromEntries(publish().headers), 'Content-Length': '10' },
      });
    await expect(ask({}, URL_OF_LIST, short)).rejects.toThrow('shorter than');
    expect(await (await ask()).text()).toBe('list');
  });

  it('builds again after s-maxage', async () => {
    await ask();
    nowMs += 60_000;
    await ask();
    expect(builds).toBe(2);
  });

  it('shows neither tags nor the id of another request', async () => {
    for (const answer of [await ask(), await ask(), await ask({ method: 'POST' })]) {
      expect(answer.headers.has('Cache-Tag')).toBe(false);
    }
    expect((await ask()).headers.has('X-Request-Id')).toBe(false);
  });

  it('answers conditions and HEAD from what it keeps', async () => {
    await ask();
    const same = await ask({ headers: { 'If-None-Match': '"1"' } });
    const head = await ask({ method: 'HEAD' });
    expect([same.status, await same.text()]).toEqual([304, '']);
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(builds).toBe(1);
  });

  it('keeps queries apart, and hosts together', async () => {
    await ask();
    await ask({}, `${URL_OF_LIST}?x`);
    await ask({}, 'https://other.example/crl/default.crl');
    expect(builds).toBe(2);
  });

  it.each([
    ['POST', { method: 'POST' }, {}],
    ['no-store', {}, { 'Cache-Control': 'no-store' }],
    ['s-maxage=0', {}, { 'Cache-Control': 'public, s-maxage=0' }],
    ['private', {}, { 'Cache-Control': 'private, s-maxage=60' }],
    ['more than it keeps', {}, { 'Content-Length': String(17 * 1024 * 1024) }],
  ])('does not keep %s', async (_, init, headers) => {
    for (let i = 0; i < 2; i++) await ask(init, URL_OF_LIST, () => publish(headers));
    expect(builds).toBe(2);
  });

  it('does not keep errors', async () => {
    const fail = () => new Response('no', { status: 503, headers: publish().headers });
    await ask({}, URL_OF_LIST, fail);
    expect((await ask()).status).toBe(200);
  });

  it('forgets what has one of the tags', async () => {
    await ask();
    await cache.purge({ tags: ['crl-other'] });
    await ask();
    expect(builds).toBe(1);
    await cache.purge({ tags: ['crl-other', 'crl-default'] });
    await ask();
    expect(builds).toBe(2);
  });

  it('does not keep what was begun before a purge', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = cache.answer(new Request(URL_OF_LIST), async () => {
      const built = publish({}, 'before');
      await gate.promise;
      return built;
    });
    await cache.purge({ tags: ['crl-default'] });
    gate.resolve();
    expect(await (await slow).text()).toBe('before');
    expect(await (await ask({}, URL_OF_LIST, () => publish({}, 'after'))).text()).toBe('after');
  });

  it('forgets the oldest when it is full', async () => {
    const large = 'x'.repeat(15 * 1024 * 1024);
    for (let i = 0; i < 5; i++) await ask({}, `${URL_OF_LIST}?${i}`, () => publish({}, large));
    await ask({}, `${URL_OF_LIST}?4`);
    expect(builds).toBe(5);
    await ask({}, `${URL_OF_LIST}?0`);
    expect(builds).toBe(6);
  });

  it('keeps no more than 5000 answers, however small', async () => {
    const answer = () => publish({}, 'small');
    for (let i = 0; i <= MAX_ENTRIES; i++) await ask({}, `${URL_OF_LIST}?${i}`, answer);
    builds = 0;
    await ask({}, `${URL_OF_LIST}?${MAX_ENTRIES}`, answer);
    expect(builds).toBe(0);
    await ask({}, `${URL_OF_LIST}?0`, answer);
    expect(builds).toBe(1);
  });

  it('counts the key of an entry, whose length the client chooses', async () => {
    const answer = () => publish({}, 'small');
    const query = 'x'.repeat(12_000);
    for (let i = 0; i < 4000; i++) await ask({}, `${URL_OF_LIST}?${query}${i}`, answer);
    builds = 0;
    await ask({}, `${URL_OF_LIST}?${query}3999`, answer);
    expect(builds).toBe(0);
    await ask({}, `${URL_OF_LIST}?${query}0`, answer);
    expect(builds).toBe(1);
  });

  it('does not keep an answer from a clock that was ahead', async () => {
    await ask();
    nowMs -= 3_600_000;
    await ask();
    expect(builds).toBe(2);
    await ask();
    expect(builds).toBe(2);
  });

  describe('after a purge', () => {
    /** Builds that end when the test says so. */
    let pending: { end(body: string): void; fail(): void }[];
    beforeEach(async () => {
      pending = [];
      await ask();
      await cache.purge({ tags: ['crls-default'] });
      builds = 0;
    });

    function askSlowly(init: RequestInit = {}): Promise<string> {
      const answer = cache.answer(new Request(URL_OF_LIST, init), () => {
        const { promise, resolve, reject } = Promise.withResolvers<Response>();
        pending.push({
          end: (body) => resolve(publish({}, body)),
          fail: () => reject(new Error('the record is gone')),
        });
        return promise;
      });
      return answer.then((response) => response.text());
    }
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

    it('builds once for requests that come together', async () => {
      const answers = [askSlowly(), askSlowly(), askSlowly()];
      await turn();
      expect(pending).toHaveLength(1);
      pending[0]?.end('new');
      expect(await Promise.all(answers)).toEqual(['new', 'new', 'new']);
      expect(builds).toBe(1);
    });

    it('gives a request after another purge nothing that was built before', async () => {
      const before = [askSlowly(), askSlowly()];
      await cache.purge({ tags: ['crls-default'] });
      const after = [askSlowly(), askSlowly()];
      await turn();
      expect(pending).toHaveLength(2);
      pending[0]?.end('old');
      await turn();
      // The second request waits for the build after the purge, as the others do.
      expect(pending).toHaveLength(2);
      pending[1]?.end('new');
      expect(await Promise.all(before)).toEqual(['old', 'new']);
      expect(await Promise.all(after)).toEqual(['new', 'new']);
    });

    it('builds again if the first build fails, once for those that waited', async () => {
      const first = askSlowly();
      const others = [askSlowly(), askSlowly()];
      pending[0]?.fail();
      await expect(first).rejects.toThrow('the record is gone');
      await turn();
      expect(pending).toHaveLength(2);
      pending[1]?.end('new');
      expect(await Promise.all(others)).toEqual(['new', 'new']);
    });

    it('waits for a second at most: the request that builds may have been cancelled', async () => {
      vi.useFakeTimers();
      try {
        void askSlowly();
        const answer = askSlowly();
        await vi.advanceTimersByTimeAsync(999);
        expect(pending).toHaveLength(1);
        await vi.advanceTimersByTimeAsync(1);
        expect(pending).toHaveLength(2);
        pending[1]?.end('new');
        expect(await answer).toBe('new');
      } finally {
        vi.useRealTimers();
      }
    });

    it('does not wait for HEAD, whose answer is not kept', async () => {
      void askSlowly({ method: 'HEAD' });
      const answer = askSlowly();
      expect(pending).toHaveLength(2);
      pending[1]?.end('new');
      expect(await answer).toBe('new');
    });

    it('waits for nothing that is not kept', async () => {
      const url = 'http://ca.example/api/v1/accounts';
      const { promise, resolve } = Promise.withResolvers<Response>();
      const [first, second] = [0, 1].map((_) => cache.answer(new Request(url), () => promise));
      await cache.purge({ tags: ['crls-default'] });
      const third = cache.answer(new Request(url), async () => new Response('at once'));
      expect(await (await third).text()).toBe('at once');
      resolve(new Response('late'));
      await Promise.all([first, second]);
    });
  });
});
