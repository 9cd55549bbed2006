import { isObjectIdentifier } from '../asn1/object-identifier.ts';
import { SignetError } from '../errors.ts';
import { encodeCertificatePolicies } from '../x509/certificate/certificate-policies.ts';
import { parseExtendedKeyUsage } from '../x509/certificate/extended-key-usages.ts';
import { parseSubtreeText, type Subtree } from '../x509/path/name-constraint-forms.ts';
import { encodeNameConstraints, type NameConstraints } from '../x509/path/name-constraints.ts';

/** Names as an operator writes them: see parseSubtreeText. */
export interface NameTexts {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly email: readonly string[];
}

/** The limits of a new CA. */
export interface CaLimits {
  /** How many CAs may follow below; null for no limit. */
  readonly pathLength: number | null;
  readonly permitted: NameTexts;
  readonly excluded: NameTexts;
  /** Dotted OIDs; empty for none. */
  readonly policies: readonly string[];
  /** Names or dotted OIDs; empty for no limit. */
  readonly extendedKeyUsages: readonly string[];
}

/** The same, checked, and as CaContent has it. */
export interface EncodedLimits {
  readonly pathLenConstraint: number | null;
  readonly nameConstraints: NameConstraints | null;
  readonly policies: readonly string[] | null;
  /** Dotted OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Policies and name constraints as whole extensions. */
  readonly furtherExtensionsDer: readonly Uint8Array[];
}

const MAX_PATH_LENGTH = 16;
const MAX_ENTRIES = 100;

/** @throws SignetError invalid-parameter, saying which part is wrong */
export function encodeLimits(limits: CaLimits): EncodedLimits {
  const { pathLength } = limits;
  if (pathLength !== null && !(Number.isInteger(pathLength) && pathLength >= 0)) {
    throw refuse('pathLength', 'must be a whole number from 0 on, or null for no limit');
  }
  if (pathLength !== null && pathLength > MAX_PATH_LENGTH) {
    throw refuse('pathLength', `must not be over ${MAX_PATH_LENGTH}`);
  }
  const nameConstraints = readNames(limits);
  const usages = limits.extendedKeyUsages.map(parseExtendedKeyUsage);
  for (const policy of limits.policies) {
    if (!isObjectIdentifier(policy)) {
      throw refuse('policies', 'must be dotted object identifiers such as 1.3.6.1.4.1.99999.1');
    }
  }
  if (new Set(limits.policies).size < limits.policies.length) {
    throw refuse('policies', 'must name each policy once');
  }
  for (const [field, entries] of Object.entries({
    policies: limits.policies,
    extendedKeyUsages: usages,
  })) {
    if (entries.length > MAX_ENTRIES) throw refuse(field, `must not name more than ${MAX_ENTRIES}`);
  }
  return {
    pathLenConstraint: pathLength,
    nameConstraints,
    policies: limits.policies.length === 0 ? null : limits.policies,
    extendedKeyUsages: usages.length === 0 ? null : usages,
    furtherExtensionsDer: [
      ...(limits.policies.length === 0 ? [] : [encodeCertificatePolicies(limits.policies)]),
      ...(nameConstraints === null ? [] : [encodeNameConstraints(nameConstraints)]),
    ],
  };
}

function readNames({ permitted, excluded }: CaLimits): NameConstraints | null {
  const constraints = { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) };
  const entries = constraints.permitted.length + constraints.excluded.length;
  if (entries > MAX_ENTRIES) {
    throw refuse('nameConstraints', `must not hold more than ${MAX_ENTRIES} names`);
  }
  return entries === 0 ? null : constraints;
}

function readSubtrees({ dns, ip, email }: NameTexts): Subtree[] {
  return [
    ...dns.map((text) => parseSubtreeText('dns', text)),
    ...ip.map((text) => parseSubtreeText('ip', text)),
    ...email.map((text) => parseSubtreeText('email', text)),
  ];
}

function refuse(field: string, reason: string): SignetError {
  return new SignetError('invalid-parameter', `'${field}' ${reason}.`, { field });
}
