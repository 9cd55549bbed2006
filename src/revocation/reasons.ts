import { SignetError } from '../errors.ts';

/** CRLReason, RFC 5280 section 5.3.1: the reasons that a leaf certificate can be revoked for. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

export type RevocationReason = keyof typeof REVOCATION_REASONS;

/** @throws SignetError invalid-parameter for anything but an RFC 5280 name above. */
export function parseRevocationReason(name: string): RevocationReason {
  if (Object.hasOwn(REVOCATION_REASONS, name)) return name as RevocationReason;
  throw new SignetError(
    'invalid-parameter',
    `'reason' must be one of ${Object.keys(REVOCATION_REASONS).join(', ')}.`,
    { field: 'reason' },
  );
}
