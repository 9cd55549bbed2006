import { SignetError } from '../errors.ts';

/** The reasons to revoke a certificate: CRLReason, RFC 5280 section 5.3.1. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

export type RevocationReason = keyof typeof REVOCATION_REASONS;

const ALL_REASONS = Object.keys(REVOCATION_REASONS) as readonly RevocationReason[];

/** All except certificateHold, the only one that can be undone. */
export const FINAL_REASONS: readonly RevocationReason[] = ALL_REASONS.filter(
  (reason) => reason !== 'certificateHold',
);

/** @throws SignetError invalid-parameter for a name that is not in `allowed` */
export function parseRevocationReason(
  name: string,
  allowed: readonly RevocationReason[] = ALL_REASONS,
): RevocationReason {
  const reason = allowed.find((known) => known === name);
  if (reason !== undefined) return reason;
  throw new SignetError('invalid-parameter', `'reason' must be one of ${allowed.join(', ')}.`, {
    field: 'reason',
  });
}
