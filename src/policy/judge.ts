import type { CertificateFacts, Finding } from './facts.ts';
import { judgeDnsName, judgeIpAddress, judgeName } from './judge-name.ts';
import { judgeSubject } from './judge-subject.ts';
import type { AcmeProof, PolicyRules } from './policy.ts';

/** Returns every reason why the rules refuse a certificate; none if they permit it. */
export function judge(rules: PolicyRules, facts: CertificateFacts): Finding[] {
  return [
    judgeAuthority(rules, facts),
    judgeKind(rules, facts),
    judgeProfile(rules, facts),
    judgeValidity(rules, facts),
    ...facts.names.map((name) => judgeName(rules, name)),
    ...judgeSubject(rules, facts),
  ].filter((finding) => finding !== null);
}

/**
 * Judges an identifier of an ACME order: 'pre-authorized', 'prove', or the reason to refuse it, as the
 * end of a sentence that begins with the identifier.
 * @param identifier a DNS name may have a wildcard
 */
export function judgeIdentifier(
  rules: PolicyRules,
  { type, value }: { readonly type: 'dns' | 'ip'; readonly value: string },
): AcmeProof | { readonly refused: string } {
  const verdict = type === 'dns' ? judgeDnsName(rules, value) : judgeIpAddress(rules, value);
  return 'refused' in verdict ? verdict : verdict.acme;
}

function judgeAuthority(
  { authorities }: PolicyRules,
  { authorityId }: CertificateFacts,
): Finding | null {
  if (authorities === 'any') return null;
  if (authorityId !== null && authorities.includes(authorityId)) return null;
  const name = authorityId ?? 'a new root';
  return { rule: 'authorities', name, reason: explainList(authorities) };
}

function judgeKind({ issues }: PolicyRules, { kind }: CertificateFacts): Finding | null {
  if (issues.includes(kind)) return null;
  const name = kind === 'leaf' ? 'a leaf certificate' : 'a CA certificate';
  return { rule: 'issues', name, reason: 'is not among the kinds that are permitted' };
}

function judgeProfile(
  { profiles }: PolicyRules,
  { kind, profile }: CertificateFacts,
): Finding | null {
  if (kind !== 'leaf' || profiles === 'any') return null;
  if (profile !== null && profiles.includes(profile)) return null;
  const name = profile ?? 'a leaf without a profile';
  return { rule: 'profiles', name, reason: explainList(profiles) };
}

function judgeValidity(
  { maxValiditySeconds }: PolicyRules,
  { validitySeconds }: CertificateFacts,
): Finding | null {
  if (maxValiditySeconds === null || validitySeconds <= maxValiditySeconds) return null;
  return {
    rule: 'maxValiditySeconds',
    name: `a validity of ${validitySeconds} seconds`,
    reason: `is longer than ${maxValiditySeconds} seconds`,
  };
}

const MAX_LISTED = 5;

function explainList(permitted: readonly string[]): string {
  if (permitted.length === 0) return 'is not permitted: the list is empty';
  const listed = permitted.slice(0, MAX_LISTED).join(', ');
  return `is not one of ${listed}${permitted.length > MAX_LISTED ? ', …' : ''}`;
}
