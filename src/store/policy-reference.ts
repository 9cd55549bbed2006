import { ROOT_ACCOUNT_ID } from '../access/principal.ts';

/**
 * The condition that a row of the account `owner` may refer to a policy, or refers to none: policies of
 * its own account and of `root` are permitted. The arguments are SQL expressions.
 */
export function mayReferSql<const Policy extends string, const Owner extends string>(
  policyId: Policy,
  owner: Owner,
) {
  return `(${policyId} IS NULL OR EXISTS (
  SELECT 1 FROM policies
  WHERE policies.id = ${policyId} AND policies.account_id IN (${owner}, '${ROOT_ACCOUNT_ID}')))` as const;
}

/**
 * The condition that the calling access key has no policy, or the one given as an SQL expression: it
 * could get around its own otherwise.
 */
export function callerMayGiveSql<const Policy extends string>(policyId: Policy) {
  return `(:grantKeyId IS NULL OR EXISTS (
  SELECT 1 FROM access_keys AS calling
  WHERE calling.id = :grantKeyId
    AND (calling.policy_id IS NULL OR calling.policy_id = ${policyId})))` as const;
}

/** The condition that the calling access key has no policy. */
export const CALLER_UNBOUNDED = callerMayGiveSql('NULL');
