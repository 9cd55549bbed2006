import type { Access } from '../access/principal.ts';
import type { RecordedCertificate } from '../issuance/store.ts';

export type CertificateState = 'valid' | 'expired' | 'revoked' | 'on-hold';

export type SearchOrder = 'issue' | 'expiry';

/** The certificate after which a page begins, in the order of the search. */
export interface SearchPosition {
  /** issued_at_ms or not_after_s, by the order. */
  readonly at: number;
  readonly serialHex: string;
  readonly authorityId: string;
}

/** The set of certificates that a search goes through, in its order. */
export type SearchRange =
  | { readonly by: 'all' }
  | { readonly by: 'term'; readonly term: string }
  | { readonly by: 'serial'; readonly prefix: string }
  | { readonly by: 'key'; readonly publicKeyIdHex: string };

/** What a certificate must fulfil besides being in the range; null for no condition. */
export interface SearchConditions {
  /** Every one of them. */
  readonly terms: readonly string[];
  readonly publicKeyIdHex: string | null;
  readonly serialPrefix: string | null;
  readonly accountId: string | null;
  /** One of these generations. */
  readonly authorityIds: readonly string[] | null;
  readonly origin: string | null;
  readonly state: CertificateState | null;
  readonly issuedFromMs: number | null;
  readonly issuedUntilMs: number | null;
  readonly expiresFromSeconds: number | null;
  readonly expiresUntilSeconds: number | null;
}

export interface SearchRequest {
  readonly range: SearchRange;
  readonly order: SearchOrder;
  readonly descending: boolean;
  readonly conditions: SearchConditions;
  readonly after: SearchPosition | null;
  readonly limit: number;
  /** Whether the certificates are counted. */
  readonly counts: boolean;
}

/**
 * How many certificates a search finds: exactly, or `value` at least because there are too many to be
 * counted, or at most because not every filter could be counted by.
 */
export interface SearchTotal {
  readonly value: number;
  readonly kind: 'exact' | 'at-least' | 'at-most';
}

export interface SearchPage {
  readonly certificates: readonly RecordedCertificate[];
  /** Where the next page begins; null if there is none. */
  readonly next: SearchPosition | null;
  /** Null if it was not asked for. */
  readonly total: SearchTotal | null;
}

export interface SearchStore {
  /**
   * Returns a page of the certificates that the caller may see. It goes through a bounded number of
   * certificates, so a page may hold fewer than `limit`, or none, although there is a next page.
   * @throws SignetError record-unavailable, and what `requireGranted` throws; invalid-parameter if a
   *   range that has no order of its own is too large to be sorted
   */
  search(request: SearchRequest, access: Access): Promise<SearchPage>;
}
