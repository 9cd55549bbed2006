import { readHostInCommonName } from '../x509/names/common-name-host.ts';
import { parseIpAddress } from '../x509/names/ip-address.ts';
import type { AlternativeName, CertificateFacts, Finding, SubjectAttribute } from './facts.ts';
import { judgeName, permitsAllNames } from './judge-name.ts';
import type { PolicyRules } from './policy.ts';

/**
 * Judges the attributes of a subject. Some programs still look for a host in the CN and for a mailbox
 * in emailAddress: these are judged as alternative names, whatever the rule `subject` says.
 */
export function judgeSubject(
  rules: PolicyRules,
  { subject, names }: Pick<CertificateFacts, 'subject' | 'names'>,
): Finding[] {
  return subject
    .map((attribute) => judgeAttribute(rules, attribute, names))
    .filter((finding) => finding !== null);
}

function judgeAttribute(
  rules: PolicyRules,
  { type, value }: SubjectAttribute,
  names: readonly AlternativeName[],
): Finding | null {
  if (value === null) {
    if (permitsAllNames(rules)) return null;
    return { rule: 'subject', name: type, reason: 'has a value that is not text' };
  }
  if (type === 'emailAddress') return judgeName(rules, { kind: 'email', value });
  if (type === 'CN') {
    // The alternative name is judged itself.
    if (names.some((name) => isSame(name, value))) return null;
    const host = readHostInCommonName(value);
    if (host?.name != null) return judgeName(rules, host.name);
    if (host !== null && !(rules.dnsNames === 'any' && rules.ipRanges === 'any')) {
      return { rule: 'dnsNames', name: value, reason: `looks like a host, but ${host.reason}` };
    }
  }
  return judgeValue(rules, type, value);
}

function judgeValue({ subject }: PolicyRules, type: string, value: string): Finding | null {
  if (subject === 'any') return null;
  const permitted = Object.hasOwn(subject, type) ? subject[type] : undefined;
  if (permitted === 'any' || permitted?.includes(value) === true) return null;
  return {
    rule: 'subject',
    name: `${type}=${value}`,
    reason:
      permitted === undefined
        ? `is not permitted: the rule has no values for ${type}`
        : 'is not one of the permitted values',
  };
}

function isSame({ kind, value }: AlternativeName, commonName: string): boolean {
  switch (kind) {
    case 'dns':
      // The case of ASCII only: the Kelvin sign in lower case is a k.
      return value.toLowerCase() === commonName.replace(/[A-Z]/g, (each) => each.toLowerCase());
    case 'ip': {
      const [named, common] = [parseIpAddress(value), parseIpAddress(commonName)];
      return named !== null && named.toHex() === common?.toHex();
    }
    default:
      return value === commonName;
  }
}
