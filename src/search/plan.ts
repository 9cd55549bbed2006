import type { CertificateState, SearchOrder, SearchRequest } from './store.ts';
import { makeTerm } from './terms.ts';

/** What a caller searches by, checked and in the forms of the record; null for no filter. */
export interface SearchFilters {
  readonly words: readonly string[];
  readonly dnsName: string | null;
  /** The DNS names below this one. */
  readonly dnsSuffix: string | null;
  readonly ipAddress: string | null;
  readonly email: string | null;
  readonly serialPrefix: string | null;
  readonly publicKeyIdHex: string | null;
  readonly sha256Hex: string | null;
  /** The lineage, and the generations of it that are meant. */
  readonly authority: {
    readonly lineageId: string;
    readonly generationIds: readonly string[];
  } | null;
  readonly profile: string | null;
  readonly origin: string | null;
  readonly accountId: string | null;
  readonly state: CertificateState | null;
  readonly issuedFromMs: number | null;
  readonly issuedUntilMs: number | null;
  readonly expiresFromSeconds: number | null;
  readonly expiresUntilSeconds: number | null;
}

/**
 * Decides which range of an index a search goes through: the one that is likely to hold the fewest
 * certificates. The other filters become conditions.
 */
export function planSearch(
  filters: SearchFilters,
  sort: { readonly order: SearchOrder; readonly descending: boolean },
  page: Pick<SearchRequest, 'after' | 'limit' | 'counts'>,
): SearchRequest {
  const terms = listTermsRarestFirst(filters);
  const [rarest, ...others] = terms;
  const { publicKeyIdHex, serialPrefix } = filters;
  const isOther = filters.sha256Hex === null && (publicKeyIdHex ?? serialPrefix) !== null;
  const conditions = { ...filters, authorityIds: filters.authority?.generationIds ?? null };
  if (isOther) {
    const range =
      publicKeyIdHex === null
        ? ({ by: 'serial', prefix: serialPrefix ?? '' } as const)
        : ({ by: 'key', publicKeyIdHex } as const);
    return { range, ...sort, ...page, conditions: { ...conditions, terms } };
  }
  return rarest === undefined
    ? { range: { by: 'all' }, ...sort, ...page, conditions: { ...conditions, terms: [] } }
    : {
        range: { by: 'term', term: rarest },
        ...sort,
        ...page,
        conditions: { ...conditions, terms: others },
      };
}

function listTermsRarestFirst(filters: SearchFilters): string[] {
  const { sha256Hex, ipAddress, email, dnsName, words, dnsSuffix, state, profile } = filters;
  const name = (value: string | null) => (value === null ? [] : [makeTerm('name', value)]);
  return [
    ...(sha256Hex === null ? [] : [makeTerm('sha256', sha256Hex)]),
    ...name(ipAddress),
    ...name(email),
    ...name(dnsName),
    // A longer word is likely to be rarer.
    ...[...words].sort((a, b) => b.length - a.length).flatMap(name),
    ...(dnsSuffix === null ? [] : [makeTerm('below', dnsSuffix)]),
    ...(state === 'revoked' || state === 'on-hold' ? [makeTerm('state', state)] : []),
    ...(profile === null ? [] : [makeTerm('profile', profile)]),
    ...(filters.authority === null ? [] : [makeTerm('authority', filters.authority.lineageId)]),
  ];
}
