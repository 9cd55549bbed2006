import type { AccessKeyChanges } from './store.ts';

/** Tells whether a change can give an access key more power. Its granter must hold all its scopes then. */
export function canWiden({
  scopes,
  enabled,
  expiresAtSeconds,
  policyId,
}: AccessKeyChanges): boolean {
  return (
    scopes !== undefined ||
    enabled === true ||
    expiresAtSeconds !== undefined ||
    policyId !== undefined
  );
}
