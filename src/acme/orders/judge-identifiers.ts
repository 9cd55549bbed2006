import type { Principal } from '../../access/principal.ts';
import { judgeIdentifier } from '../../policy/judge.ts';
import type { AcmeProof, Policy } from '../../policy/policy.ts';
import type { Identifier, IdentifierProblem } from '../acme-error.ts';
import { refuseIdentifiers } from './identifiers.ts';

/** The policies that bound an order. */
export interface OrderBounds {
  /** The policy of the account's key for external account binding; null without one. */
  readonly callerPolicyId: string | null;
  /** This policy, and those of the owner's account and of the authority. */
  readonly policies: readonly Policy[];
}

/** Throws SignetError policy-violated, record-unavailable, sealing-unavailable. */
export type OpenOrderBounds = (principal: Principal, lineageId: string) => Promise<OrderBounds>;

/**
 * Returns what each identifier needs. Only the policy of the account's own key can pre-authorize one.
 * @throws AcmeError rejected-identifier with a problem for each identifier that a policy refuses
 */
export function judgeIdentifiers(
  { callerPolicyId, policies }: OrderBounds,
  identifiers: readonly Identifier[],
): readonly AcmeProof[] {
  const problems: IdentifierProblem[] = [];
  const proofs = identifiers.map((identifier): AcmeProof => {
    let proof: AcmeProof = 'prove';
    for (const policy of policies) {
      const verdict = judgeIdentifier(policy.rules, identifier);
      if (typeof verdict !== 'string') {
        problems.push({
          code: 'rejected-identifier',
          message: `'${identifier.value}' ${verdict.refused} (policy "${policy.name}", ${policy.id}).`,
          identifier,
        });
        break;
      }
      if (policy.id === callerPolicyId) proof = verdict;
    }
    return proof;
  });
  if (problems.length > 0) throw refuseIdentifiers(problems);
  return proofs;
}
