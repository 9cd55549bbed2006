import { ANY_POLICY, type PolicyRules } from '../certificate/certificate-policies.ts';

/** One CA of a path for the policy checks of RFC 5280 section 6.1. */
export interface PolicyStep extends PolicyRules {
  readonly isSelfIssued: boolean;
}

interface PolicyState {
  /** Policies that are valid along the path so far. */
  readonly valid: ReadonlySet<string>;
  /** Whether all other policies are valid too. */
  readonly any: boolean;
  /** Number of certificates until a valid policy is required. */
  readonly explicit: number;
  /** Number of certificates until anyPolicy is ignored. */
  readonly inhibitAny: number;
}

/**
 * Returns null if a certificate with `policies` may follow, otherwise the reason as a sentence.
 * This is RFC 5280 section 6.1 with stricter rules: the policies of the root count if it has any, a
 * certificate may name only policies that every CA above it allows, and a policy that a CA maps to
 * another is no longer valid below that CA.
 * @param steps root first, issuing CA last
 */
export function explainRefusedPolicies(
  steps: readonly PolicyStep[],
  { policies, isCa }: { readonly policies: readonly string[] | null; readonly isCa: boolean },
): string | null {
  let state: PolicyState = {
    valid: new Set(),
    any: true,
    explicit: Number.POSITIVE_INFINITY,
    inhibitAny: Number.POSITIVE_INFINITY,
  };
  for (const [index, step] of steps.entries()) state = walk(state, step, index === 0);
  if (policies?.includes(ANY_POLICY) && state.inhibitAny === 0) {
    return 'inhibitAnyPolicy in the chain forbids anyPolicy';
  }
  for (const { policies: allowed } of steps) {
    if (allowed === null || allowed.includes(ANY_POLICY)) continue;
    const foreign = policies?.find((policy) => !allowed.includes(policy));
    if (foreign !== undefined) return `a CA in the chain does not have the policy ${foreign}`;
  }
  // The certificate itself counts as one that is not self-issued (section 6.1.5 a). For a CA, count
  // one more: a certificate below it must be able to be valid.
  if (state.explicit > (isCa ? 2 : 1)) return null;
  const held = narrow(state, policies, state.inhibitAny > 0);
  return held.any || held.valid.size > 0
    ? null
    : 'requireExplicitPolicy in the chain demands a policy that is valid in every certificate';
}

function walk(state: PolicyState, step: PolicyStep, isRoot: boolean): PolicyState {
  const isBareRoot = isRoot && step.policies === null;
  const mayUseAny = state.inhibitAny > 0 || step.isSelfIssued;
  const { valid, any } = isBareRoot ? state : narrow(state, step.policies, mayUseAny);
  const count = (left: number) => (step.isSelfIssued ? left : Math.max(0, left - 1));
  return {
    valid: new Set([...valid].filter((policy) => !step.mappedPolicies.includes(policy))),
    any,
    explicit: Math.min(
      count(state.explicit),
      step.requireExplicitPolicy ?? Number.POSITIVE_INFINITY,
    ),
    inhibitAny: Math.min(
      count(state.inhibitAny),
      step.inhibitAnyPolicy ?? Number.POSITIVE_INFINITY,
    ),
  };
}

/**
 * Returns the policies that stay valid after a certificate with `policies` (section 6.1.3 d and e).
 */
function narrow(
  { valid, any }: Pick<PolicyState, 'valid' | 'any'>,
  policies: readonly string[] | null,
  mayUseAny: boolean,
): Pick<PolicyState, 'valid' | 'any'> {
  const hasAny = mayUseAny && policies?.includes(ANY_POLICY) === true;
  const named = (policies ?? []).filter(
    (policy) => policy !== ANY_POLICY && (any || valid.has(policy)),
  );
  return { valid: new Set([...(hasAny ? valid : []), ...named]), any: any && hasAny };
}
