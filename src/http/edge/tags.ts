import { isGenerationOf } from '../../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { COMPLETE, type ListScope } from '../../lists/list-store.ts';
import { deltaPath, listPath } from '../../lists/list-urls.ts';
import type { StaleAtEdge } from '../../revocation/edge-purge.ts';

/** All lists of a generation, full and delta, of every scope. */
export function listsTag(authorityId: string): string {
  return `crls-${authorityId}`;
}

/** The full list of a scope and its delta. */
export function scopeTag({ authorityId, crlPartition }: ListScope): string {
  return crlPartition === COMPLETE ? `crl-${authorityId}` : `crl-${authorityId}-${crlPartition}`;
}

/** All OCSP responses of a generation. */
export function ocspTag(authorityId: string): string {
  return `ocsp-${authorityId}`;
}

/** All OCSP responses about one certificate. */
export function serialTag(authorityId: string, serialHex: string): string {
  return `ocsp-${authorityId}-${serialHex}`;
}

/** An authority's certificate, chain and cross-certificates. */
export function certificatesTag(authorityId: string): string {
  return `ca-${authorityId}`;
}

export function isCertificatesTag(tag: string): boolean {
  return tag.startsWith(certificatesTag(''));
}

/** A purge takes few tags. For more certificates, all lists and OCSP responses of their issuers go. */
const MAX_TAGS = 30;

/** What a purge by tag has to name. */
export function findStaleTags(stale: StaleAtEdge): string[] {
  const { revocations = [], listsOf = [], certificatesOf = [], ocspResponsesOf = [] } = stale;
  const others = [
    ...withDefault(listsOf).map(listsTag),
    ...withDefault(certificatesOf).map(certificatesTag),
    ...ocspResponsesOf.map(ocspTag),
  ];
  const exact = [
    ...findScopes(revocations).map(scopeTag),
    ...revocations.map(({ authorityId, serialHex }) => serialTag(authorityId, serialHex)),
    ...others,
  ];
  if (exact.length <= MAX_TAGS) return unique(exact);
  const issuers = revocations.map(({ authorityId }) => authorityId);
  return unique([...findAuthorityTags(issuers), ...others]);
}

/** Every list and OCSP response of authorities. */
function findAuthorityTags(authorityIds: readonly string[]): string[] {
  return unique([...withDefault(authorityIds).map(listsTag), ...authorityIds.map(ocspTag)]);
}

/**
 * The paths of the entries that the Cache API may hold, without OCSP responses. A partition's list
 * whose partition is not known ends with its EDGE_TTL_SECONDS.
 */
export function findStalePaths(stale: StaleAtEdge): string[] {
  const { revocations = [], listsOf = [], certificatesOf = [] } = stale;
  const complete = listsOf.map((authorityId) => ({ authorityId, crlPartition: null }));
  const changed = [...revocations, ...complete];
  return unique([
    ...findScopes(changed).flatMap((scope) => [listPath(scope), deltaPath(scope)]),
    ...(hasDefault(changed.map(({ authorityId }) => authorityId)) ? ['/api/ca/crl'] : []),
    ...certificatesOf.flatMap((id) => [`/ca/${id}.crt`, `/ca/${id}.pem`, `/ca/${id}-cross.pem`]),
    ...(hasDefault(certificatesOf) ? ['/api/ca/cacert'] : []),
  ]);
}

type Listed = Pick<NonNullable<StaleAtEdge['revocations']>[number], 'authorityId' | 'crlPartition'>;

/** The scopes of the lists that certificates are in. */
function findScopes(certificates: readonly Listed[]): ListScope[] {
  const complete = withDefault(certificates.map(({ authorityId }) => authorityId)).map(
    (authorityId) => ({ authorityId, crlPartition: COMPLETE }),
  );
  const partitions = certificates.flatMap(({ authorityId, crlPartition }) =>
    crlPartition === null ? [] : [{ authorityId, crlPartition }],
  );
  return [...complete, ...partitions];
}

/**
 * Adds the default authority's own id for any generation of it: the downloads of the openssl-ca
 * dialect show the current generation under that id.
 */
function withDefault(authorityIds: readonly string[]): string[] {
  return unique(hasDefault(authorityIds) ? [...authorityIds, DEFAULT_AUTHORITY_ID] : authorityIds);
}

function hasDefault(authorityIds: readonly string[]): boolean {
  return authorityIds.some((id) => isGenerationOf(id, DEFAULT_AUTHORITY_ID));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
