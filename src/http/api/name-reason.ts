import { REVOCATION_REASONS } from '../../revocation/reasons.ts';

/** Beside the reasons that are given here, an import may bring this one (RFC 5280 section 5.3.1). */
const CERTIFICATE_HOLD = 6;

/** The RFC 5280 name of a CRLReason number. */
export function nameReason(reason: number): string {
  if (reason === CERTIFICATE_HOLD) return 'certificateHold';
  const known = Object.entries(REVOCATION_REASONS).find(([, number]) => number === reason);
  return known?.[0] ?? 'unspecified';
}
