import type { Access } from '../access/principal.ts';
import type { RecordedCertificate } from './store.ts';

/** A certificate with the name that the cas dialect gave it. */
export interface IdentifiedCertificate {
  /** UUID. */
  readonly identifier: string;
  readonly certificate: RecordedCertificate;
}

export interface IdentifiedPage {
  readonly certificates: readonly IdentifiedCertificate[];
  /** Of all pages. */
  readonly total: number;
}

/** Both throw SignetError record-unavailable, and where the grant does not hold. */
export interface IdentifiedCertificateStore {
  /** Null where there is none that may be seen. */
  findIdentified(identifier: string, access: Access): Promise<IdentifiedCertificate | null>;
  /** The leafs of the dialect that may be seen, newest first. */
  listIdentified(
    page: { readonly offset: number; readonly limit: number },
    access: Access,
  ): Promise<IdentifiedPage>;
  /** The instance that a CA's certificate used up; null where there is none that may be seen. */
  findInstanceOf(identifier: string, access: Access): Promise<string | null>;
}
