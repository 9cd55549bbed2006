import type { RecordedCertificate } from '../issuance/store.ts';
import type { CertificateState } from './store.ts';

/** CRLReason certificateHold (RFC 5280 section 5.3.1). */
const HOLD = 6;

/** A certificate that is revoked and has expired counts as revoked. `STATE` in SQL says the same. */
export function findState(
  { revocation, notAfterSeconds }: RecordedCertificate,
  nowSeconds: number,
): CertificateState {
  if (revocation !== null) return revocation.reason === HOLD ? 'on-hold' : 'revoked';
  return notAfterSeconds < nowSeconds ? 'expired' : 'valid';
}
