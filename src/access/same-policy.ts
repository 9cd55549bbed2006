import { SignetError } from '../errors.ts';
import type { Principal } from './principal.ts';
import type { AccessKeySecrets } from './secrets.ts';

/**
 * Refuses a caller that a policy bounds to give or change a key with another policy: it could get around
 * its own. The policy of the caller in memory may be outdated, so the query of the change checks it,
 * too.
 * @throws SignetError forbidden, and as refresh does
 */
export async function requireSamePolicy(
  secrets: Pick<AccessKeySecrets, 'refresh'>,
  principal: Principal,
  policyId: string | null,
): Promise<void> {
  if (principal.policyId === null || principal.policyId === policyId) return;
  const current = await secrets.refresh(principal);
  if (current.policyId !== null && current.policyId !== policyId) throw otherPolicy();
}

export function otherPolicy(): SignetError {
  return new SignetError(
    'forbidden',
    'A policy bounds the calling access key, so it creates and changes only keys with the same policy.',
    { field: 'policyId' },
  );
}

/** The refusal of a policy that a key may not refer to. */
export function noPolicyOfKey(): SignetError {
  return new SignetError(
    'policy-not-found',
    'Neither the account of the key nor the account root has a policy with this id.',
    { field: 'policyId' },
  );
}
