import { SignetError } from '../errors.ts';
import type { Principal } from './principal.ts';
import type { AccessKeySecrets } from './secrets.ts';

/**
 * Refuses a caller that a policy bounds to change policies, what refers to one, or the profiles that
 * policies name: it could undo its own. The policy in memory may be outdated, so the query of the change checks it, too.
 * @throws SignetError forbidden, and as refresh does
 */
export async function requireUnbounded(
  secrets: Pick<AccessKeySecrets, 'refresh'>,
  principal: Principal,
): Promise<void> {
  if (principal.policyId === null) return;
  const { policyId } = await secrets.refresh(principal);
  if (policyId !== null) throw callerBounded();
}

export function callerBounded(): SignetError {
  return new SignetError(
    'forbidden',
    'A policy bounds the calling access key, so it may not change policies, what refers to them, or profiles.',
  );
}
