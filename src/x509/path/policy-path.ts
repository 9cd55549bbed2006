import { ANY_POLICY, type PolicyRules } from '../certificate/certificate-policies.ts';

/** One CA of a path for the policy checks of RFC 5280 section 6.1. */
export interface PolicyStep extends PolicyRules {
  readonly isSelfIssued: boolean;
}

interface PolicyState {
  /** Policies that hold for the path so far; beside them any other where `any` is set. */
  readonly valid: ReadonlySet<string>;
  readonly any: boolean;
  /** Certificates before an explicit policy is required, and before anyPolicy counts no longer. */
  readonly explicit: number;
  readonly inhibitAny: number;
}

/**
 * Null where a certificate with `policies` may follow, else the reason as a sentence. It is RFC 5280
 * section 6.1 with differences to the strict side: the root's own policies count where it names
 * some, a certificate may name none that a CA above does not, and a policy that a CA maps to
 * another holds no longer below it.
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
    return 'anyPolicy is inhibited here (inhibitAnyPolicy)';
  }
  for (const { policies: allowed } of steps) {
    if (allowed === null || allowed.includes(ANY_POLICY)) continue;
    const foreign = policies?.find((policy) => !allowed.includes(policy));
    if (foreign !== undefined) return `the policy ${foreign} is not among its own`;
  }
  // The certificate itself counts as one more that is not self-issued (section 6.1.5 a), and a CA
  // is of no use unless something below it can hold.
  if (state.explicit > (isCa ? 2 : 1)) return null;
  const held = narrow(state, policies, state.inhibitAny > 0);
  return held.any || held.valid.size > 0
    ? null
    : 'a policy that holds along the whole chain is required (requireExplicitPolicy)';
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

/** Section 6.1.3 d and e: what still holds behind a certificate with `policies`. */
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
