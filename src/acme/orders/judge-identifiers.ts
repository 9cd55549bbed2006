import type { Principal } from '../../access/principal.ts';
import { SignetError, type SignetErrorCode } from '../../errors.ts';
import {
  type BoundIssuer,
  type Bounds,
  isSameBounds,
  type OpenBounds,
} from '../../policy/bounds.ts';
import { judgeIdentifier } from '../../policy/judge.ts';
import type { AcmeProof } from '../../policy/policy.ts';
import { PolicyChanged } from '../../policy/policy-changed.ts';
import type { Identifier, IdentifierProblem } from '../acme-error.ts';
import { refuseIdentifiers } from './identifiers.ts';

/** The refusals that another revision of a policy could change. */
const BY_POLICY: readonly SignetErrorCode[] = [
  'forbidden',
  'invalid-parameter',
  'invalid-profile',
  'rejected-identifier',
];

/**
 * Does what depends on policies. Those in memory may be outdated: if they refuse, or a batch found that
 * they have changed, they are read from the database, and it is done once more.
 */
export async function withBounds<T>(
  openBounds: OpenBounds,
  principal: Principal,
  issuer: BoundIssuer,
  use: (bounds: Bounds) => Promise<T>,
): Promise<T> {
  const held = await openBounds.openForCommit(principal, issuer);
  try {
    return await use(held);
  } catch (error) {
    const isByPolicy = error instanceof SignetError && BY_POLICY.includes(error.code);
    if (!isByPolicy && !(error instanceof PolicyChanged)) throw error;
    const current = await openBounds.reopen(principal, issuer.lineageId);
    if (isSameBounds(held, current)) throw error;
    return use(current);
  }
}

/**
 * Returns what each identifier needs. Only the policy of the account's own key can pre-authorize one.
 * @throws AcmeError rejected-identifier with a problem for each identifier that a policy refuses
 */
export function judgeIdentifiers(
  { callerPolicyId, policies }: Pick<Bounds, 'callerPolicyId' | 'policies'>,
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
