import type { Authority } from '../authorities/authority.ts';
import { sha256Hex } from '../bytes.ts';
import { findIssuerHashes, type OcspAnswer } from '../ocsp/ocsp.ts';
import type { ChangedRevocation } from '../revocation/store.ts';
import {
  type CertId,
  type CertIdHash,
  encodeCertIds,
  type OcspRequest,
} from '../x509/status/ocsp-request.ts';
import type { CertStatus } from '../x509/status/ocsp-response.ts';
import type { Call } from './call.ts';
import { ocspTag } from './edge-cache.ts';
import { answerOcspError, OCSP_CONTENT_TYPE } from './publish/ocsp-errors.ts';

type Signed = Extract<OcspAnswer, { kind: 'signed' }>;

/** An answer that others may get too: of one certificate issued here, to a request without a nonce. */
interface Sharable {
  readonly authorityId: string;
  readonly serialHex: string;
  /** Of our own: every spelling of GET, and POST, share one entry. */
  readonly url: string;
}

/** What clients ask by; answers to the others are made each time. */
const SHARED_HASHES: readonly CertIdHash[] = ['SHA-1', 'SHA-256'];

/**
 * Answers an OCSP request, from the edge where it has the answer: then without a query, without a
 * signature and without the authority. Exactly one layer caches. Workers Cache, where the platform
 * has it, lies in front of us, keeps answers to GET alone (POST is signed each time) until shortly
 * before nextUpdate, and a revocation purges them everywhere at once. The Cache API lies in one data
 * centre and cannot be purged from another one: there the short life of EDGE_TTL_SECONDS is what
 * bounds how long a revocation made elsewhere does not show.
 * @param build makes the answer
 */
export async function serveOcsp(
  call: Call,
  authorityId: string,
  request: OcspRequest,
  build: () => Promise<OcspAnswer>,
): Promise<Response> {
  const shared = findSharable(call, authorityId, request);
  if (shared === null) return encodeUnshared(await build(), call);
  if (call.runtime.cache !== undefined) return serveForPlatformCache(call, shared, build);
  const stored = await caches.default.match(shared.url);
  if (stored !== undefined && !isOvertaken(shared.url)) {
    call.noteCopy();
    return answerConditionally(call, stored);
  }
  await stored?.body?.cancel();
  return buildAndStore(call, shared, build);
}

function findSharable(
  { services }: Call,
  authorityId: string,
  { certIds: [first, second], nonceDer }: OcspRequest,
): Sharable | null {
  if (first === undefined || second !== undefined || nonceDer !== null) return null;
  if (first.serialHex === null || first.hash === null || !SHARED_HASHES.includes(first.hash)) {
    return null;
  }
  return {
    authorityId,
    serialHex: first.serialHex,
    url: cacheUrl(services.config.publicationUrl, authorityId, first.certIdDer),
  };
}

/** CertIDs of known hashes have one encoding, but for parameters that may be NULL or absent. */
function cacheUrl(
  publicationUrl: string,
  authorityId: string,
  certIdDer: CertId['certIdDer'],
): string {
  const text = certIdDer.toBase64({ alphabet: 'base64url', omitPadding: true });
  return `${publicationUrl}/ocsp/${authorityId}/${text}`;
}

/**
 * A request on its way from the query to the check behind its put. The isolate that makes a
 * revocation meanwhile marks it: what it puts is not served here, and deleted.
 */
interface Flight {
  overtaken: boolean;
}
const flights = new Map<string, Set<Flight>>();

function isOvertaken(url: string): boolean {
  for (const flight of flights.get(url) ?? []) if (flight.overtaken) return true;
  return false;
}

function takeOff(url: string): Flight {
  const flight = { overtaken: false };
  flights.set(url, (flights.get(url) ?? new Set()).add(flight));
  return flight;
}

function land(url: string, flight: Flight): void {
  const others = flights.get(url);
  others?.delete(flight);
  if (others?.size === 0) flights.delete(url);
}

async function buildAndStore(
  call: Call,
  shared: Sharable,
  build: () => Promise<OcspAnswer>,
): Promise<Response> {
  const { url } = shared;
  const flight = takeOff(url);
  let isStoring = false;
  try {
    const answer = await build();
    const kept = keptSeconds(call, answer);
    const edgeSeconds = Math.min(call.services.config.edgeTtlSeconds, kept);
    if (answer.kind !== 'signed' || kept <= 0) return encodeUnshared(answer, call);
    // A client may get it when it has lain here for edgeSeconds.
    const response = await encodeShared(shared, answer, kept - edgeSeconds, edgeSeconds);
    if (edgeSeconds > 0) {
      isStoring = true;
      const copy = response.clone();
      call.runtime.waitUntil(
        storeUnlessMoved(call, shared, answer, flight, copy).finally(() => land(url, flight)),
      );
    }
    return answerConditionally(call, response);
  } finally {
    if (!isStoring) land(url, flight);
  }
}

/**
 * Puts first and reads the status afterwards. A revocation commits first and deletes afterwards:
 * whichever comes second sees the other, so no answer from before a revocation stays.
 */
async function storeUnlessMoved(
  call: Call,
  shared: Sharable,
  answer: Signed,
  flight: Flight,
  copy: Response,
): Promise<void> {
  await caches.default.put(shared.url, copy);
  if (flight.overtaken || (await hasMoved(call, shared, answer).catch(() => true))) {
    await caches.default.delete(shared.url);
  }
}

async function hasMoved(
  { services }: Call,
  { authorityId, serialHex }: Sharable,
  { statuses: [told] }: Signed,
): Promise<boolean> {
  return told === undefined || !isSame(told, await services.findOcspStatus(authorityId, serialHex));
}

function isSame(a: CertStatus, b: CertStatus): boolean {
  if (a.kind !== 'revoked' || b.kind !== 'revoked') return a.kind === b.kind;
  return a.revokedAtSeconds === b.revokedAtSeconds && a.reason === b.reason;
}

async function serveForPlatformCache(
  call: Call,
  shared: Sharable,
  build: () => Promise<OcspAnswer>,
): Promise<Response> {
  const answer = await build();
  const kept = keptSeconds(call, answer);
  if (answer.kind !== 'signed' || kept <= 0 || call.request.method === 'POST') {
    return encodeUnshared(answer, call);
  }
  call.runtime.waitUntil(purgeIfMoved(call, shared, answer));
  return answerConditionally(call, await encodeShared(shared, answer, kept, kept));
}

/** The platform stores an answer after we returned it, and tells nobody when: by then it has. */
const STORED_AFTER_MS = 1000;

async function purgeIfMoved(call: Call, shared: Sharable, answer: Signed): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, STORED_AFTER_MS));
  if (await hasMoved(call, shared, answer).catch(() => true)) {
    await purge(call, [serialTag(shared.authorityId, shared.serialHex)]);
  }
}

/** At least this long before nextUpdate a copy is too old, so that nobody gets one that ends at once. */
const MARGIN_SECONDS = 60;

/** How long copies may be kept, all in all; 0 for not at all: what was never issued may be any moment. */
function keptSeconds({ services }: Call, answer: OcspAnswer): number {
  if (answer.kind !== 'signed' || answer.statuses[0]?.kind === 'unknown') return 0;
  const left = answer.nextUpdateSeconds - Math.ceil(services.clock() / 1000);
  return Math.max(0, left - Math.max(MARGIN_SECONDS, Math.ceil(left / 20)));
}

function encodeUnshared(answer: OcspAnswer, call: Call): Response {
  if (answer.kind === 'unauthorized') {
    call.note('unauthorized: no CertID names this authority, or it has expired');
    return answerOcspError('unauthorized');
  }
  return finish(call, answer.responseDer, {
    'Content-Type': OCSP_CONTENT_TYPE,
    'Content-Length': String(answer.responseDer.length),
  });
}

function finish(call: Call, body: BodyInit, headers: HeadersInit): Response {
  return new Response(call.request.method === 'HEAD' ? null : body, { headers });
}

/** RFC 5019 section 6.2. */
async function encodeShared(
  { authorityId, serialHex }: Sharable,
  { responseDer, thisUpdateSeconds, nextUpdateSeconds }: Signed,
  clientSeconds: number,
  edgeSeconds: number,
): Promise<Response> {
  return new Response(responseDer, {
    headers: {
      'Content-Type': OCSP_CONTENT_TYPE,
      'Content-Length': String(responseDer.length),
      ETag: `"${(await sha256Hex(responseDer)).slice(0, 32)}"`,
      'Last-Modified': new Date(thisUpdateSeconds * 1000).toUTCString(),
      Expires: new Date(nextUpdateSeconds * 1000).toUTCString(),
      'Cache-Control': `public, no-transform, must-revalidate, max-age=${clientSeconds}, s-maxage=${edgeSeconds}`,
      'Cache-Tag': `${ocspTag(authorityId)},${serialTag(authorityId, serialHex)}`,
    },
  });
}

/** POST has no conditions and no caches; GET gets 304 where If-None-Match names what we have. */
async function answerConditionally(call: Call, response: Response): Promise<Response> {
  const { method, headers: asked } = call.request;
  if (method === 'POST') {
    return new Response(response.body, { headers: { 'Content-Type': OCSP_CONTENT_TYPE } });
  }
  const etag = response.headers.get('ETag');
  const condition = asked.get('If-None-Match');
  const isMatch =
    condition !== null && etag !== null && (condition.trim() === '*' || condition.includes(etag));
  if (!isMatch && method !== 'HEAD') return new Response(response.body, response);
  await response.body?.cancel();
  const headers = new Headers(response.headers);
  if (!isMatch) return new Response(null, { headers });
  headers.delete('Content-Type');
  headers.delete('Content-Length');
  return new Response(null, { status: 304, headers });
}

/** Of all OCSP answers about one certificate. */
export function serialTag(authorityId: string, serialHex: string): string {
  return `ocsp-${authorityId}-${serialHex}`;
}

/** Drops the answers about certificates from the Cache API. What it cannot reach ends with its EDGE_TTL_SECONDS. */
export async function dropOcspCopies(
  call: Call,
  changed: readonly ChangedRevocation[],
): Promise<void> {
  const { services } = call;
  try {
    for (const { authorityId, serialHex } of changed) {
      const authority = await services.openAuthority(authorityId);
      const keys = await ocspCacheKeys(services.config.publicationUrl, authority, serialHex);
      for (const key of keys) for (const flight of flights.get(key) ?? []) flight.overtaken = true;
      await Promise.all(keys.map((key) => caches.default.delete(key)));
    }
  } catch {
    reportUncleared(call);
  }
}

/** Drops all answers of authorities where a purge reaches them; elsewhere they end with their EDGE_TTL_SECONDS. */
export async function forgetOcspAuthority(
  call: Call,
  authorityIds: readonly string[],
): Promise<void> {
  if (call.runtime.cache !== undefined) await purge(call, authorityIds.map(ocspTag));
}

/** The keys of every answer about one certificate that can lie in the Cache API. */
export async function ocspCacheKeys(
  publicationUrl: string,
  authority: Authority,
  serialHex: string,
): Promise<string[]> {
  const keys: string[] = [];
  for (const hash of SHARED_HASHES) {
    const { nameHash, keyHash } = await findIssuerHashes(authority, hash);
    for (const certIdDer of encodeCertIds(hash, nameHash, keyHash, serialHex)) {
      keys.push(cacheUrl(publicationUrl, authority.id, certIdDer));
    }
  }
  return keys;
}

async function purge(call: Call, tags: string[]): Promise<void> {
  const result = await call.runtime.cache?.purge({ tags }).catch(() => null);
  if (result?.success !== true) reportUncleared(call);
}

function reportUncleared(call: Call): void {
  call.reportTrouble(
    'OCSP answers were not cleared from the edge: copies stay until they end or the next purge',
  );
}
