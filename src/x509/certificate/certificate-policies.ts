import {
  CertificatePolicies,
  PolicyConstraints,
  PolicyInformation,
  PolicyMappings,
} from '@peculiar/asn1-x509';
import { DerError, readOnly, readUnsignedInteger, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { parseStrict, serialize } from '../../asn1/parse-strict.ts';
import { CERTIFICATE_POLICIES, POLICY_CONSTRAINTS, POLICY_MAPPINGS } from '../../asn1/shapes.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import { bytesToBigInt } from '../../bytes.ts';
import { type ExtensionMap, encodeExtension } from './extensions.ts';

/** RFC 5280 section 4.2.1.4. */
export const ANY_POLICY = '2.5.29.32.0';

/** No chain has more certificates: larger numbers mean the same. */
const MAX_SKIP = 1000;

/** What a CA certificate says about policies. */
export interface PolicyRules {
  /** certificatePolicies as dotted OIDs; null without the extension. */
  readonly policies: readonly string[] | null;
  /** Certificates that may follow before an explicit policy is required; null for no limit. */
  readonly requireExplicitPolicy: number | null;
  /** Certificates that may follow before anyPolicy stops to count; null for no limit. */
  readonly inhibitAnyPolicy: number | null;
  /** Policies that the certificate maps to others (section 4.2.1.5). */
  readonly mappedPolicies: readonly string[];
}

/** @throws DerError */
export function readPolicyRules(extensions: ExtensionMap): PolicyRules {
  const policies = extensions.get(OID.certificatePolicies);
  const inhibit = extensions.get(OID.inhibitAnyPolicy);
  const constraints = extensions.get(OID.policyConstraints);
  const mappings = extensions.get(OID.policyMappings);
  return {
    policies: policies === undefined ? null : parseCertificatePolicies(policies.valueDer),
    requireExplicitPolicy:
      constraints === undefined ? null : parseRequireExplicitPolicy(constraints.valueDer),
    inhibitAnyPolicy: inhibit === undefined ? null : parseInhibitAnyPolicy(inhibit.valueDer),
    mappedPolicies: mappings === undefined ? [] : parseMappedPolicies(mappings.valueDer),
  };
}

/**
 * Reads a certificatePolicies value as dotted OIDs. The qualifiers are not read.
 * @throws DerError, also for a policy that occurs twice (section 4.2.1.4)
 */
export function parseCertificatePolicies(valueDer: Uint8Array): string[] {
  const value = parseStrict(valueDer, CertificatePolicies, TAG.sequence, CERTIFICATE_POLICIES);
  const policies = Array.from(value, ({ policyIdentifier }) => policyIdentifier);
  if (new Set(policies).size < policies.length) throw new DerError('a policy occurs twice');
  return policies;
}

/** Section 4.2.1.11. The other number, inhibitPolicyMapping, needs no enforcement here. */
function parseRequireExplicitPolicy(valueDer: Uint8Array): number | null {
  const value = parseStrict(valueDer, PolicyConstraints, TAG.sequence, POLICY_CONSTRAINTS);
  const { requireExplicitPolicy, inhibitPolicyMapping } = value;
  if ((requireExplicitPolicy ?? inhibitPolicyMapping) === undefined) {
    throw new DerError('policy constraints without a constraint');
  }
  const numbers = [requireExplicitPolicy, inhibitPolicyMapping].map((number) =>
    number === undefined ? null : readSkip(new Uint8Array(number)),
  );
  return numbers[0] ?? null;
}

function parseInhibitAnyPolicy(valueDer: Uint8Array): number {
  assertStrictDer(valueDer);
  return readSkip(readOnly(valueDer, TAG.integer).content);
}

/** @param content of an INTEGER, under whichever tag */
function readSkip(content: Uint8Array): number {
  const skip = bytesToBigInt(readUnsignedInteger({ tag: TAG.integer, bytes: content, content }));
  return skip > BigInt(MAX_SKIP) ? MAX_SKIP : Number(skip);
}

function parseMappedPolicies(valueDer: Uint8Array): string[] {
  const mappings = parseStrict(valueDer, PolicyMappings, TAG.sequence, POLICY_MAPPINGS);
  return Array.from(mappings, ({ issuerDomainPolicy }) => issuerDomainPolicy);
}

/** Writes the extension, not critical. @param policies dotted OIDs: one at least, no duplicates */
export function encodeCertificatePolicies(policies: readonly string[]): Uint8Array {
  const value = new CertificatePolicies(
    policies.map((policyIdentifier) => new PolicyInformation({ policyIdentifier })),
  );
  const valueDer = serialize(value);
  parseCertificatePolicies(valueDer);
  return encodeExtension(OID.certificatePolicies, false, valueDer);
}
