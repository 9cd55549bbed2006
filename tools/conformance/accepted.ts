import type { Finding, Severity } from './findings.ts';

/** A finding that is not Signet's fault. */
export interface Acceptance {
  readonly tool: string;
  /** The lint's full name. */
  readonly id: string;
  readonly severity: Severity;
  /** Names of the objects for which it is accepted; few if it is an error that the tool makes. */
  readonly objects: RegExp;
  readonly reason: string;
}

export interface Judged {
  /** Findings that are not accepted. */
  readonly failures: readonly Finding[];
  readonly accepted: readonly Finding[];
  /** Entries for tools that ran and found nothing; remove them from the list. */
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
