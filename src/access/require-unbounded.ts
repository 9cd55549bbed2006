import { SignetError } from '../errors.ts';
import type { Principal } from './principal.ts';
import type { AccessKeySecrets } from './secrets.ts';

/**
 * Refuses a caller that a policy bounds to change policies, or what refers to one: it could undo its
 * own.
 * @throws SignetError forbidden, and as refresh does
 */
export async function requireUnbounded(
  secrets: Pick<AccessKeySecrets, 'refresh'>,
  principal: Principal,
): Promise<void> {
  const { policyId } = await secrets.refresh(principal);
  if (policyId === null) return;
  throw new SignetError(
    'forbidden',
    `The policy ${policyId} bounds the access key, so it may not change policies or what they bound.`,
  );
}
