import type { Access } from '../access/principal.ts';
import type { RecordedCertificate } from './store.ts';

/** A certificate that has an identifier beside its serial number. */
export interface IdentifiedCertificate {
  /** UUID. */
  readonly identifier: string;
  /** The client's own name of it, unique in its account; or null. */
  readonly customIdentifier: string | null;
  readonly certificate: RecordedCertificate;
}

export interface IdentifiedPage {
  readonly certificates: readonly IdentifiedCertificate[];
  /** The number of certificates on all pages. */
  readonly total: number;
}

/** Every function throws SignetError record-unavailable, and if the grant does not hold. */
export interface IdentifiedCertificateStore {
  /** Null if there is none that the caller may see. */
  findIdentified(identifier: string, access: Access): Promise<IdentifiedCertificate | null>;
  /** The leaves with an identifier that the caller may see, newest first. */
  listIdentified(
    page: { readonly offset: number; readonly limit: number },
    access: Access,
  ): Promise<IdentifiedPage>;
  /** The number of leaves with an identifier that these key generations issued, for all accounts. */
  countIdentified(authorityIds: readonly string[], access: Access): Promise<number>;
  /** The instance that the certificate of an external CA used up; null if there is none to see. */
  findInstanceOf(identifier: string, access: Access): Promise<string | null>;
}
