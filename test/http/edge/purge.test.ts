import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Edge } from '../../../src/http/edge/edge.ts';
import type { WorkersCache } from '../../../src/http/edge/purge.ts';
import type { StaleAtEdge } from '../../../src/revocation/edge-purge.ts';
import { CONFIG, createFakeServices } from '../fakes.ts';
import { createWorkersCache } from './workers-cache.ts';

const REQUEST = { requestId: 'a-request' };

async function openEdge(cache: WorkersCache | null = null) {
  const { services, edgeLog, purged } = await createFakeServices({}, cache);
  return { edge: services.edge, edgeLog, purged };
}

function revocation(
  serialHex: string,
  authorityId = 'default',
  crlPartition: number | null = null,
) {
  return { authorityId, crlPartition, serialHex, revision: 5 };
}

describe('a purge of Workers Cache', () => {
  it.each<[string, StaleAtEdge, readonly string[]]>([
    [
      'a revocation',
      { revocations: [revocation('a1', 'ca-1', 3)] },
      ['crl-ca-1', 'crl-ca-1-3', 'ocsp-ca-1-a1'],
    ],
    [
      'a revocation by a later generation of the default authority',
      { revocations: [revocation('a1', 'default-3')] },
      ['crl-default-3', 'crl-default', 'ocsp-default-3-a1'],
    ],
    ['lists', { listsOf: ['ca-1'] }, ['crls-ca-1']],
    [
      'lists of the default authority',
      { listsOf: ['default-2'] },
      ['crls-default-2', 'crls-default'],
    ],
    [
      'certificates of the default authority',
      { certificatesOf: ['default-2'] },
      ['ca-default-2', 'ca-default'],
    ],
    ['a responder', { ocspResponsesOf: ['ca-1', 'ca-1-2'] }, ['ocsp-ca-1', 'ocsp-ca-1-2']],
    [
      'a re-key',
      { certificatesOf: ['ca-1', 'ca-1-2'], listsOf: ['ca-1'] },
      ['crls-ca-1', 'ca-ca-1', 'ca-ca-1-2'],
    ],
  ])('names the tags of %s', async (_, stale, tags) => {
    const { cache, purges } = createWorkersCache();
    const { edge, edgeLog } = await openEdge(cache);
    await edge.purge(stale, REQUEST);
    expect(purges).toEqual([tags]);
    expect(edgeLog).toEqual([]);
  });

  it('takes everything of the issuers for more certificates than it has room for', async () => {
    const { cache, purges } = createWorkersCache();
    const { edge } = await openEdge(cache);
    const revocations = Array.from({ length: 31 }, (_, n) => revocation(`a${n}`, 'ca-1'));
    await edge.purge({ revocations }, REQUEST);
    expect(purges).toEqual([['crls-ca-1', 'ocsp-ca-1']]);
  });

  it('is not sent for nothing', async () => {
    const { cache, purges } = createWorkersCache();
    const { edge } = await openEdge(cache);
    await edge.purge({ revocations: [] }, REQUEST);
    expect(purges).toEqual([]);
  });

  it.each<[string, WorkersCache]>([
    ['refuses', createWorkersCache(false).cache],
    [
      'throws',
      {
        purge() {
          throw new Error('no');
        },
      },
    ],
  ])('that the platform %s is logged with the request, and fails nothing', async (_, cache) => {
    const { edge, edgeLog } = await openEdge(cache);
    await edge.purge({ listsOf: ['ca-1'] }, REQUEST);
    expect(edgeLog).toEqual([
      expect.objectContaining({
        level: 'error',
        requestId: 'a-request',
        error: expect.stringContaining('not purged'),
      }),
    ]);
  });

  it('is noted if it succeeded, for the job that repeats refused ones', async () => {
    const changed = [revocation('a1', 'ca-1')];
    const { edge, purged } = await openEdge(createWorkersCache().cache);
    await edge.purge({ revocations: changed }, REQUEST);
    await edge.purge({ listsOf: ['ca-1'] }, REQUEST);
    expect(purged).toEqual(changed);
    const refusing = await openEdge(createWorkersCache(false).cache);
    await refusing.edge.purge({ revocations: changed }, REQUEST);
    expect(refusing.purged).toEqual([]);
  });

  it('tells whether a retry succeeded', async () => {
    const { cache, purges } = createWorkersCache();
    const { edge } = await openEdge(cache);
    const stale = {
      revocations: [revocation('a1', 'ca-1')],
      listsOf: ['ca-2'],
      ocspResponsesOf: ['ca-2'],
    };
    expect(edge.retry.purgesEverywhere()).toBe(true);
    expect(await edge.retry.tryPurge(stale)).toBe(true);
    expect(purges).toEqual([['crl-ca-1', 'ocsp-ca-1-a1', 'crls-ca-2', 'ocsp-ca-2']]);
    const refused = await openEdge(createWorkersCache(false).cache);
    expect(await refused.edge.retry.tryPurge(stale)).toBe(false);
  });
});

describe('a purge of the Cache API', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function listDeleted(edge: Edge, stale: StaleAtEdge): Promise<string[]> {
    const deleting = vi.spyOn(caches.default, 'delete').mockResolvedValue(true);
    await edge.purge(stale, REQUEST);
    return deleting.mock.calls.map(([key]) => String(key).replace(CONFIG.publicationUrl, ''));
  }

  it('deletes the lists and OCSP responses of a revoked certificate', async () => {
    const { edge } = await openEdge();
    const deleted = await listDeleted(edge, { revocations: [revocation('a1', 'default', 3)] });
    expect(deleted.slice(0, 5)).toEqual([
      '/crl/default.crl',
      '/crl/default/delta.crl',
      '/crl/default/3.crl',
      '/crl/default/3-delta.crl',
      '/api/ca/crl',
    ]);
    const responses = deleted.slice(5);
    expect(responses).toHaveLength(4);
    for (const path of responses) expect(path).toMatch(/^\/ocsp\/default\/[\w-]+$/);
  });

  it('deletes the downloads of authorities whose certificates changed', async () => {
    const { edge } = await openEdge();
    expect(await listDeleted(edge, { certificatesOf: ['default-2'], listsOf: ['ca-1'] })).toEqual([
      '/crl/ca-1.crl',
      '/crl/ca-1/delta.crl',
      '/ca/default-2.crt',
      '/ca/default-2.pem',
      '/ca/default-2-cross.pem',
      '/api/ca/cacert',
    ]);
  });

  it('logs a failure and goes on', async () => {
    const { edge, edgeLog } = await openEdge();
    const deleting = vi.spyOn(caches.default, 'delete').mockRejectedValue(new Error('no'));
    await edge.purge({ revocations: [revocation('a1'), revocation('a2')] }, REQUEST);
    expect(deleting.mock.calls).toHaveLength(3 + 4 + 4);
    expect(edgeLog).toMatchObject([{ level: 'error', requestId: 'a-request' }]);
  });

  it('cannot be retried: it reaches one data centre', async () => {
    const { edge } = await openEdge();
    expect(edge.retry.purgesEverywhere()).toBe(false);
  });
});
