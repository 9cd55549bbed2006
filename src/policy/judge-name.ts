import {
  explainBadDnsName,
  explainBadEmail,
  explainBadIpAddress,
} from '../x509/names/general-name-forms.ts';
import { parseIpAddress } from '../x509/names/ip-address.ts';
import type { AlternativeName, Finding } from './facts.ts';
import { isInRange, parseIpRange } from './ip-range.ts';
import type { AcmeProof, DnsRule, PolicyRules } from './policy.ts';
import { hasPrefix, parseUriPrefix, readUri } from './uri-prefix.ts';

/** Permitted, with what ACME asks for; or the end of a sentence that begins with the name. */
export type NameVerdict = { readonly acme: AcmeProof } | { readonly refused: string };

const PROVE: NameVerdict = { acme: 'prove' };

/** Judges one subject alternative name. Returns null if the rules permit it. */
export function judgeName(rules: PolicyRules, name: AlternativeName): Finding | null {
  const { rule, verdict } = judgeKind(rules, name);
  if (!('refused' in verdict)) return null;
  return { rule, name: name.value, reason: verdict.refused };
}

function judgeKind(
  rules: PolicyRules,
  { kind, value }: AlternativeName,
): { readonly rule: Finding['rule']; readonly verdict: NameVerdict } {
  switch (kind) {
    case 'dns':
      return { rule: 'dnsNames', verdict: judgeDnsName(rules, value) };
    case 'ip':
      return { rule: 'ipRanges', verdict: judgeIpAddress(rules, value) };
    case 'email':
      return { rule: 'emailDomains', verdict: judgeEmail(rules, value) };
    case 'uri':
      return { rule: 'uriPrefixes', verdict: judgeUri(rules, value) };
    default:
      return {
        rule: 'dnsNames',
        verdict: permitsAllNames(rules)
          ? PROVE
          : { refused: `is a name of the kind ${kind}, which no rule describes` },
      };
  }
}

/** Only such rules permit names that no rule can judge. */
export function permitsAllNames(rules: PolicyRules): boolean {
  const { dnsNames, ipRanges, emailDomains, uriPrefixes, subject } = rules;
  return [dnsNames, ipRanges, emailDomains, uriPrefixes, subject].every((rule) => rule === 'any');
}

/** @param name may have a wildcard */
export function judgeDnsName({ dnsNames }: PolicyRules, name: string): NameVerdict {
  const bad = explainBadDnsName(name, { wildcard: true });
  if (bad !== null) return { refused: bad };
  if (dnsNames === 'any') return PROVE;
  const lower = name.toLowerCase();
  const matching = dnsNames.filter((rule) => matchesDns(rule, lower));
  if (matching.length > 0) return mildest(matching);
  const withWildcard = lower.startsWith('*.')
    ? dnsNames.some((rule) => matchesDns({ ...rule, wildcards: true }, lower))
    : false;
  return { refused: withWildcard ? 'has a wildcard, which its rule does not permit' : NO_RULE };
}

const NO_RULE = 'is permitted by no rule';

/** A wildcard stands for every name one label below its domain, and all of them must be permitted. */
function matchesDns({ name, match, wildcards }: DnsRule, asked: string): boolean {
  if (asked.startsWith('*.')) {
    const domain = asked.slice(2);
    return wildcards && (domain === name || (match === 'any-depth' && isBelow(domain, name)));
  }
  switch (match) {
    case 'exact':
      return asked === name;
    case 'one-label':
      return asked.slice(asked.indexOf('.') + 1) === name && asked !== name;
    case 'any-depth':
      return isBelow(asked, name);
  }
}

function isBelow(name: string, domain: string): boolean {
  return name.endsWith(`.${domain}`);
}

/** @param text an IP address */
export function judgeIpAddress({ ipRanges }: PolicyRules, text: string): NameVerdict {
  const octets = parseIpAddress(text);
  if (octets === null) return { refused: 'is not an IP address' };
  const bad = explainBadIpAddress(octets);
  if (bad !== null) return { refused: bad };
  if (ipRanges === 'any') return PROVE;
  const matching = ipRanges.filter(({ range }) => {
    const parsed = parseIpRange(range);
    return parsed !== null && isInRange(octets, parsed);
  });
  return matching.length > 0 ? mildest(matching) : { refused: NO_RULE };
}

/** The part before the @ does not count. */
export function judgeEmail({ emailDomains }: PolicyRules, address: string): NameVerdict {
  const bad = explainBadEmail(address);
  if (bad !== null) return { refused: bad };
  if (emailDomains === 'any') return PROVE;
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  const isPermitted = emailDomains.some((permitted) =>
    permitted.startsWith('.') ? domain.endsWith(permitted) : domain === permitted,
  );
  return isPermitted ? PROVE : { refused: NO_RULE };
}

export function judgeUri({ uriPrefixes }: PolicyRules, uri: string): NameVerdict {
  if (uriPrefixes === 'any') return PROVE;
  const { parts, reason } = readUri(uri);
  if (parts === null) return { refused: reason };
  const isPermitted = uriPrefixes.some((text) => {
    const prefix = parseUriPrefix(text);
    return prefix !== null && hasPrefix(parts, prefix);
  });
  return isPermitted ? PROVE : { refused: NO_RULE };
}

function mildest(rules: readonly { readonly acme: AcmeProof }[]): NameVerdict {
  return rules.some(({ acme }) => acme === 'pre-authorized') ? { acme: 'pre-authorized' } : PROVE;
}
