import type { Authority } from '../../authorities/authority.ts';
import { sha256Hex } from '../../bytes.ts';
import { findIssuerHashes, type OcspAnswer } from '../../ocsp/ocsp.ts';
import {
  type CertIdHash,
  encodeCertIds,
  type OcspRequest,
} from '../../x509/status/ocsp-request.ts';
import type { CertStatus } from '../../x509/status/ocsp-response.ts';
import {
  type EdgeEntry,
  type EdgeLayer,
  type EdgeResource,
  formatCacheControl,
} from './resource.ts';
import { ocspTag, serialTag } from './tags.ts';

type Signed = Extract<OcspAnswer, { kind: 'signed' }>;

export interface OcspResource {
  readonly authorityId: string;
  readonly request: OcspRequest;
  readonly method: string;
  readonly edgeTtlSeconds: number;
  /** Unix ms. */
  readonly clock: () => number;
  build(): Promise<OcspAnswer>;
  /** Encodes an answer that is not to be cached. */
  encodeUncached(answer: OcspAnswer): Response;
  /** The certificate's status in the record. */
  findStatus(authorityId: string, serialHex: string): Promise<CertStatus>;
}

export const OCSP_CONTENT_TYPE = 'application/ocsp-response';

/** The hashes that clients use. Answers to others are made each time. */
const SHARED_HASHES: readonly CertIdHash[] = ['SHA-1', 'SHA-256'];

/**
 * An OCSP response as the edge caches it: to a request for one certificate without a nonce. Null for
 * other requests. Workers Cache keeps responses to GET alone until shortly before nextUpdate, because
 * a revocation purges them everywhere. The Cache API of one data centre cannot be purged from another
 * one: there EDGE_TTL_SECONDS bounds how long a revocation made elsewhere does not show.
 */
export function ocspResource(asked: OcspResource): EdgeResource | null {
  const { certIds, nonceDer } = asked.request;
  const [first, second] = certIds;
  if (first === undefined || second !== undefined || nonceDer !== null) return null;
  const { serialHex, hash } = first;
  if (hash === null || !SHARED_HASHES.includes(hash)) return null;
  const ownTag = serialTag(asked.authorityId, serialHex);
  return {
    path: ocspPath(asked.authorityId, first.certIdDer),
    tags: [ocspTag(asked.authorityId), ownTag],
    ownTag,
    async build(layer) {
      const answer = await asked.build();
      const keptSeconds = findKeptSeconds(answer, asked.clock());
      if (answer.kind !== 'signed' || keptSeconds <= 0) return asked.encodeUncached(answer);
      if (layer === 'workers-cache' && asked.method === 'POST') return asked.encodeUncached(answer);
      return encodeEntry(asked, serialHex, answer, keptSeconds, layer);
    },
  };
}

/** RFC 5019 section 6.2. */
async function encodeEntry(
  { authorityId, edgeTtlSeconds, findStatus }: OcspResource,
  serialHex: string,
  { responseDer, thisUpdateSeconds, nextUpdateSeconds, statuses: [told] }: Signed,
  keptSeconds: number,
  layer: EdgeLayer,
): Promise<EdgeEntry> {
  const edgeSeconds =
    layer === 'workers-cache' ? keptSeconds : Math.min(edgeTtlSeconds, keptSeconds);
  // A client may get an entry of the Cache API that has been there for edgeSeconds.
  const clientSeconds = layer === 'workers-cache' ? keptSeconds : keptSeconds - edgeSeconds;
  return {
    headers: new Headers({
      'Content-Type': OCSP_CONTENT_TYPE,
      'Content-Length': String(responseDer.length),
      ETag: `"${(await sha256Hex(responseDer)).slice(0, 32)}"`,
      'Last-Modified': new Date(thisUpdateSeconds * 1000).toUTCString(),
      Expires: new Date(nextUpdateSeconds * 1000).toUTCString(),
      'Cache-Control': formatCacheControl(clientSeconds, edgeSeconds),
    }),
    content: responseDer,
    release: null,
    edgeSeconds,
    hasChanged: async () =>
      told === undefined || !isSame(told, await findStatus(authorityId, serialHex)),
    checksBeforeAnswer: false,
  };
}

function isSame(a: CertStatus, b: CertStatus): boolean {
  if (a.kind !== 'revoked' || b.kind !== 'revoked') return a.kind === b.kind;
  return a.revokedAtSeconds === b.revokedAtSeconds && a.reason === b.reason;
}

/** At least this long before nextUpdate a response is too old, so that no client gets one that ends at once. */
const MARGIN_SECONDS = 60;

/** How long caches may keep it in total; 0 for a certificate that was never issued: it may be any moment. */
function findKeptSeconds(answer: OcspAnswer, nowMs: number): number {
  if (answer.kind !== 'signed' || answer.statuses[0]?.kind === 'unknown') return 0;
  // The Cache API purges by path, and listOcspPaths knows only the usual ones.
  if (!answer.isNamedAsUsual) return 0;
  const left = answer.nextUpdateSeconds - Math.ceil(nowMs / 1000);
  return Math.max(0, left - Math.max(MARGIN_SECONDS, Math.ceil(left / 20)));
}

/**
 * One path for every spelling of GET and for POST. CertIDs of known hashes have one encoding, except
 * for parameters that may be NULL or absent.
 */
function ocspPath(authorityId: string, certIdDer: Uint8Array): string {
  const text = certIdDer.toBase64({ alphabet: 'base64url', omitPadding: true });
  return `/ocsp/${authorityId}/${text}`;
}

/** The paths of every response about one certificate that the Cache API may hold. */
export async function listOcspPaths(authority: Authority, serialHex: string): Promise<string[]> {
  const paths: string[] = [];
  for (const hash of SHARED_HASHES) {
    const { nameHash, keyHash } = await findIssuerHashes(authority, hash);
    for (const certIdDer of encodeCertIds(hash, nameHash, keyHash, serialHex)) {
      paths.push(ocspPath(authority.generationId, certIdDer));
    }
  }
  return paths;
}
