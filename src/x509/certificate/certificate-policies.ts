import {
  assertStrictDer,
  type DerElement,
  DerError,
  encodeObjectIdentifier,
  encodeSequence,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { bytesToBigInt } from '../../bytes.ts';
import { type ExtensionMap, encodeExtension } from './extensions.ts';

/** RFC 5280 section 4.2.1.4. */
export const ANY_POLICY = '2.5.29.32.0';

const EXPLICIT_TAG = 0x80;
const INHIBIT_MAPPING_TAG = 0x81;
/** More certificates than any chain has: larger numbers mean the same. */
const MAX_SKIP = 1000;

/** Everything that a CA certificate says about policies. */
export interface PolicyRules {
  /** certificatePolicies as dotted OIDs, or null where the extension is missing. */
  readonly policies: readonly string[] | null;
  /** Certificates that may follow before an explicit policy is required; null for no limit. */
  readonly requireExplicitPolicy: number | null;
  /** Certificates that may follow before anyPolicy counts no longer; null for no limit. */
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
    inhibitAnyPolicy:
      inhibit === undefined ? null : readSkip(readOnly(inhibit.valueDer, TAG.integer)),
    mappedPolicies: mappings === undefined ? [] : parseMappedPolicies(mappings.valueDer),
  };
}

/**
 * The policies of a certificatePolicies value as dotted OIDs; their qualifiers are let pass unread.
 * @throws DerError, also for a policy that stands twice (section 4.2.1.4)
 */
export function parseCertificatePolicies(valueDer: Uint8Array): string[] {
  assertStrictDer(valueDer);
  const policies = readChildren(readOnly(valueDer, TAG.sequence).content).map(readPolicy);
  if (policies.length === 0) throw new DerError('certificate policies without a policy');
  if (new Set(policies).size < policies.length) throw new DerError('a policy stands twice');
  return policies;
}

function readPolicy({ tag, content }: DerElement): string {
  const [identifier, qualifiers, ...rest] = tag === TAG.sequence ? readChildren(content) : [];
  const hasQualifiers =
    qualifiers === undefined || (qualifiers.tag === TAG.sequence && qualifiers.content.length > 0);
  if (identifier === undefined || !hasQualifiers || rest.length > 0) {
    throw new DerError('a policy is not SEQUENCE { policyIdentifier, policyQualifiers }');
  }
  return readObjectIdentifier(identifier);
}

/** Section 4.2.1.11; of the two numbers the one that is enforced here. */
function parseRequireExplicitPolicy(valueDer: Uint8Array): number | null {
  const fields = readChildren(readOnly(valueDer, TAG.sequence).content);
  const explicit = fields[0]?.tag === EXPLICIT_TAG ? fields.shift() : undefined;
  const mapping = fields[0]?.tag === INHIBIT_MAPPING_TAG ? fields.shift() : undefined;
  if (fields.length > 0 || (explicit ?? mapping) === undefined) {
    throw new DerError('policy constraints without a constraint');
  }
  return explicit === undefined ? null : readSkip({ ...explicit, tag: TAG.integer });
}

function readSkip(element: DerElement): number {
  const skip = bytesToBigInt(readUnsignedInteger(element));
  return skip > BigInt(MAX_SKIP) ? MAX_SKIP : Number(skip);
}

function parseMappedPolicies(valueDer: Uint8Array): string[] {
  return readChildren(readOnly(valueDer, TAG.sequence).content).map(({ tag, content }) => {
    const [issuerDomain, subjectDomain] = tag === TAG.sequence ? readChildren(content) : [];
    if (issuerDomain === undefined || subjectDomain === undefined) {
      throw new DerError('a policy mapping is not a pair');
    }
    return readObjectIdentifier(issuerDomain);
  });
}

/** The extension, not critical. @param policies dotted OIDs, one at least, none twice */
export function encodeCertificatePolicies(policies: readonly string[]): Uint8Array {
  const valueDer = encodeSequence(
    ...policies.map((policy) => encodeSequence(encodeObjectIdentifier(policy))),
  );
  parseCertificatePolicies(valueDer);
  return encodeExtension(OID.certificatePolicies, false, valueDer);
}
