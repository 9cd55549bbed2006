import type { Bounds } from '../../src/policy/bounds.ts';
import { parsePolicyRules } from '../../src/policy/parse-policy-rules.ts';
import type { Policy } from '../../src/policy/policy.ts';

/** The bounds of a certificate of the authority `default` that no policy bounds. */
export const NO_BOUNDS: Bounds = {
  lineageId: 'default',
  callerPolicyId: null,
  accountPolicyId: null,
  authorityPolicyId: null,
  policies: [],
};

export function makePolicy(rules: object, id = 'pol-abcdefghijkl'): Policy {
  return {
    id,
    accountId: 'root',
    name: 'web',
    rules: parsePolicyRules(rules),
    revision: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}
