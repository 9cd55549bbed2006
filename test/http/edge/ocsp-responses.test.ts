import { describe, expect, it } from 'vitest';
import { type OcspResource, ocspResource } from '../../../src/http/edge/ocsp-responses.ts';
import type { EdgeLayer } from '../../../src/http/edge/resource.ts';
import type { CertId, OcspRequest } from '../../../src/x509/status/ocsp-request.ts';
import type { CertStatus } from '../../../src/x509/status/ocsp-response.ts';
import { NOW_MS } from '../fakes.ts';

const LIFE_SECONDS = 14_400;
/** A twentieth of its life before nextUpdate, a response is too old. */
const KEPT_SECONDS = LIFE_SECONDS - LIFE_SECONDS / 20;

const CERT_ID: CertId = {
  certIdDer: Uint8Array.of(0x30, 0),
  hash: 'SHA-1',
  issuerNameHash: new Uint8Array(20),
  issuerKeyHash: new Uint8Array(20),
  serialHex: 'a1',
};

function makeResource(
  changes: Partial<OcspResource> = {},
  told: CertStatus = { kind: 'good' },
  request: OcspRequest = { certIds: [CERT_ID], nonceDer: null },
) {
  return ocspResource({
    authorityId: 'ca-1',
    request,
    method: 'GET',
    edgeTtlSeconds: 60,
    clock: () => NOW_MS,
    build: async () => ({
      kind: 'signed',
      responseDer: Uint8Array.of(0x30, 1, 0),
      thisUpdateSeconds: NOW_MS / 1000,
      nextUpdateSeconds: NOW_MS / 1000 + LIFE_SECONDS,
      isNamedAsUsual: true,
      statuses: [told],
    }),
    encodeUncached: () => new Response('uncached'),
    findStatus: async () => ({ kind: 'good' }),
    ...changes,
  });
}

async function build(layer: EdgeLayer, resource = makeResource()) {
  const built = await resource?.build(layer);
  if (built === undefined || built instanceof Response) return null;
  return built;
}

describe('ocspResource', () => {
  it('lives until shortly before nextUpdate in Workers Cache, which a purge clears everywhere', async () => {
    const entry = await build('workers-cache');
    expect(entry?.headers.get('Cache-Control')).toBe(
      `public, no-transform, must-revalidate, max-age=${KEPT_SECONDS}, s-maxage=${KEPT_SECONDS}`,
    );
  });

  it('lives EDGE_TTL_SECONDS in the Cache API, and clients keep it for the rest', async () => {
    const entry = await build('cache-api');
    expect(entry?.edgeSeconds).toBe(60);
    expect(entry?.headers.get('Cache-Control')).toBe(
      `public, no-transform, must-revalidate, max-age=${KEPT_SECONDS - 60}, s-maxage=60`,
    );
  });

  it('is signed for each POST behind Workers Cache, which caches only GET', async () => {
    expect(await build('workers-cache', makeResource({ method: 'POST' }))).toBeNull();
    expect(await build('cache-api', makeResource({ method: 'POST' }))).not.toBeNull();
  });

  it('is not cached for a certificate that was never issued', async () => {
    expect(await build('cache-api', makeResource({}, { kind: 'unknown' }))).toBeNull();
  });

  it.each<[string, OcspRequest]>([
    ['a nonce', { certIds: [CERT_ID], nonceDer: Uint8Array.of(4, 0) }],
    ['two certificates', { certIds: [CERT_ID, CERT_ID], nonceDer: null }],
    ['a rare hash', { certIds: [{ ...CERT_ID, hash: 'SHA-512' }], nonceDer: null }],
    ['an unknown hash', { certIds: [{ ...CERT_ID, hash: null }], nonceDer: null }],
  ])('is null for a request with %s', (_, request) => {
    expect(makeResource({}, { kind: 'good' }, request)).toBeNull();
  });

  it.each<[CertStatus, CertStatus, boolean]>([
    [{ kind: 'good' }, { kind: 'good' }, false],
    [{ kind: 'good' }, { kind: 'revoked', revokedAtSeconds: 1, reason: 1 }, true],
    [
      { kind: 'revoked', revokedAtSeconds: 1, reason: 6 },
      { kind: 'revoked', revokedAtSeconds: 2, reason: 1 },
      true,
    ],
    [
      { kind: 'revoked', revokedAtSeconds: 1, reason: 1 },
      { kind: 'revoked', revokedAtSeconds: 1, reason: 1 },
      false,
    ],
  ])('after %j with %j in the record, has changed: %s', async (told, now, hasChanged) => {
    const entry = await build('cache-api', makeResource({ findStatus: async () => now }, told));
    expect(await entry?.hasChanged?.()).toBe(hasChanged);
  });
});
