import type { Finding, Severity } from './findings.ts';

/** A finding that is no fault of ours. */
export interface Acceptance {
  readonly tool: string;
  /** The lint's name, whole. */
  readonly id: string;
  readonly severity: Severity;
  /** The names of the objects that it is accepted for: an error for few, where the tool errs. */
  readonly objects: RegExp;
  readonly reason: string;
}

export interface Judged {
  /** What nobody accepted. */
  readonly failures: readonly Finding[];
  readonly accepted: readonly Finding[];
  /** Of the tools that ran; to be taken off the list. */
  readonly unused: readonly Acceptance[];
}

export function judgeFindings(
  findings: readonly Finding[],
  acceptances: readonly Acceptance[],
  toolsThatRan: readonly string[],
): Judged {
  const used = new Set<Acceptance>();
  const failures: Finding[] = [];
  const accepted: Finding[] = [];
  for (const finding of findings) {
    const match = acceptances.find((each) => accepts(each, finding));
    if (match === undefined) failures.push(finding);
    else {
      used.add(match);
      accepted.push(finding);
    }
  }
  const unused = acceptances.filter((each) => !used.has(each) && toolsThatRan.includes(each.tool));
  return { failures, accepted, unused };
}

function accepts({ tool, id, severity, objects }: Acceptance, finding: Finding): boolean {
  return (
    finding.tool === tool &&
    finding.id === id &&
    finding.severity === severity &&
    objects.test(finding.object.name)
  );
}
