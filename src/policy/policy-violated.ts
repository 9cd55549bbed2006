import { SignetError } from '../errors.ts';
import type { Finding } from './facts.ts';
import type { Policy } from './policy.ts';

/** One reason why a policy refuses a certificate. */
export interface PolicyFinding extends Finding {
  readonly policyId: string;
  readonly policyName: string;
}

const MAX_SHOWN_CHARACTERS = 100;
/** A certificate has at most 100 names, and three policies may refuse each. */
const MAX_FINDINGS = 100;

/** The refusal of a certificate by policies. The message tells the first reason. */
export class PolicyViolated extends SignetError {
  /** Every reason, up to a limit; one at least. */
  readonly findings: readonly PolicyFinding[];

  constructor(findings: readonly [PolicyFinding, ...PolicyFinding[]]) {
    const [{ policyName, policyId, rule, name, reason }] = findings;
    super(
      'policy-violated',
      `The policy "${policyName}" (${policyId}) does not permit this by its rule '${rule}': ${shorten(name)} ${reason}.`,
    );
    this.findings = findings
      .slice(0, MAX_FINDINGS)
      .map((finding) => ({ ...finding, name: shorten(finding.name) }));
  }
}

/** Names a policy in its findings. */
export function attributeFindings({ id, name }: Policy, findings: readonly Finding[]) {
  return findings.map((finding): PolicyFinding => ({ policyId: id, policyName: name, ...finding }));
}

function shorten(name: string): string {
  return name.length > MAX_SHOWN_CHARACTERS ? `${name.slice(0, MAX_SHOWN_CHARACTERS)}…` : name;
}
