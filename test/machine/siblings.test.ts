import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkersCache } from '../../src/http/edge/purge.ts';
import { joinCaches } from '../../src/machine/siblings.ts';
import { TRUSTED_MS } from '../../src/machine/trust.ts';

const TAGS = ['crl-default'];

describe('joinCaches', () => {
  let purged: string[];
  let own: WorkersCache;
  beforeEach(() => {
    purged = [];
    own = {
      async purge() {
        purged.push('own');
        return { success: true };
      },
    };
  });

  /** A process that purges after a time. */
  const sibling = (name: string, answer: (signal: AbortSignal) => Promise<Response>) => ({
    async fetch(_url: RequestInfo | URL, { signal }: RequestInit = {}) {
      if (!(signal instanceof AbortSignal)) throw new TypeError('no signal');
      const response = await answer(signal);
      purged.push(name);
      return response;
    },
  });
  const done = () => new Response(null, { status: 204 });
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const slow = sibling('slow', async () => {
    await sleep(200);
    return done();
  });

  it('ends after all have purged', async () => {
    expect(await joinCaches(own, [slow]).purge({ tags: TAGS })).toEqual({ success: true });
    expect(purged).toEqual(['own', 'slow']);
  });

  it('waits for the others if one does not run, and tells that it was not reached', async () => {
    const down = sibling('down', () => Promise.reject(new Error('Connection refused')));
    const startedMs = Date.now();
    expect(await joinCaches(own, [down, slow]).purge({ tags: TAGS })).toEqual({ success: false });
    expect(purged).toEqual(['own', 'slow']);
    // It may be about to end, and still answer from its memory.
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(TRUSTED_MS);
  });

  it('reaches a process that starts anew, or whose connection ended', async () => {
    let tries = 0;
    const restarted = sibling('restarted', async () => {
      if (++tries < 3) throw new Error('Connection refused');
      return done();
    });
    expect(await joinCaches(own, [restarted]).purge({ tags: TAGS })).toEqual({ success: true });
    expect(purged).toEqual(['own', 'restarted']);
  });

  it('waits until a process that does not answer trusts its memory no longer', async () => {
    const stopped = sibling(
      'stopped',
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const startedMs = Date.now();
    expect(await joinCaches(own, [stopped, slow]).purge({ tags: TAGS })).toEqual({
      success: false,
    });
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(TRUSTED_MS);
  });
});
