import { REVOCATION_REASONS } from '../../../revocation/reasons.ts';

/** The RFC 5280 name of a CRLReason number. */
export function nameReason(reason: number): string {
  const known = Object.entries(REVOCATION_REASONS).find(([, number]) => number === reason);
  return known?.[0] ?? 'unspecified';
}
