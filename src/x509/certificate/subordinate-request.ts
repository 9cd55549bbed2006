import { DerError } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { SignetError } from '../../errors.ts';
import { type GeneralName, parseSubjectAltName } from '../names/general-names.ts';
import { type NameConstraints, readNameConstraints } from '../path/name-constraints.ts';
import { parseCertificatePolicies } from './certificate-policies.ts';
import type { CertificateRequest } from './csr.ts';
import { readExtendedKeyUsages } from './extended-key-usages.ts';
import { type ExtensionMap, encodeExtension, readBasicConstraints } from './extensions.ts';

/** What a CSR for a subordinate CA asks for, besides subject and key. */
export interface SubordinateRequest {
  readonly pathLenConstraint: number | null;
  /** Dotted OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Dotted OIDs for the check; `policiesDer` is the whole extension with its qualifiers. */
  readonly policies: readonly string[] | null;
  readonly policiesDer: Uint8Array | null;
  /** For the check; `nameConstraintsDer` is the whole extension, critical. */
  readonly nameConstraints: NameConstraints | null;
  readonly nameConstraintsDer: Uint8Array | null;
  /** Certify them only after the check against the name constraints of the CAs above. */
  readonly subjectAltNames: readonly GeneralName[];
}

/** Read by readSubordinateRequest, made by the issuing CA, or fixed for CA certificates. */
const EXPECTED: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.certificatePolicies,
  OID.nameConstraints,
  OID.subjectAltName,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.issuerAltName,
  OID.cRLDistributionPoints,
  OID.freshestCRL,
  OID.authorityInfoAccess,
  // netscapeCertType, a predecessor of the key usages.
  '2.16.840.1.113730.1.1',
]);

/**
 * They give a CA power or limit it, so a certificate without them would not be the one that was asked
 * for. Other extensions that are not critical are left out: requests of Microsoft's CAs always contain
 * some.
 */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [OID.policyMappings, 'policyMappings'],
  [OID.policyConstraints, 'policyConstraints'],
  [OID.inhibitAnyPolicy, 'inhibitAnyPolicy'],
  ['1.3.6.1.5.5.7.1.3', 'qcStatements'],
  ['1.3.6.1.5.5.7.1.7', 'ipAddrBlocks'],
  ['1.3.6.1.5.5.7.1.8', 'autonomousSysIds'],
  ['1.3.6.1.5.5.7.1.14', 'proxyCertInfo'],
  ['1.3.6.1.5.5.7.1.26', 'TNAuthList'],
  ['1.3.6.1.5.5.7.1.28', 'ipAddrBlocks-v2'],
  ['1.3.6.1.5.5.7.1.29', 'autonomousSysIds-v2'],
  ['1.3.6.1.5.5.7.48.1.5', 'ocsp-nocheck'],
  ['1.3.6.1.4.1.311.21.10', 'applicationPolicies'],
  ['1.3.6.1.4.1.311.21.11', 'applicationPolicyMappings'],
  ['1.3.6.1.4.1.311.21.12', 'applicationPolicyConstraints'],
  ['1.3.6.1.4.1.11129.2.4.2', 'signedCertificateTimestampList'],
  ['1.3.6.1.4.1.11129.2.4.3', 'Certificate Transparency poison'],
]);

/**
 * Reads the extensions of a CSR for a CA certificate. Of the basic constraints only the path length
 * counts; the key usage is ignored. Extensions that are not expected are never certified.
 * @throws SignetError malformed-csr, invalid-subject-alt-name; invalid-parameter with the name of an
 *   extension that is not certified
 */
export function readSubordinateRequest({ extensions }: CertificateRequest): SubordinateRequest {
  refuseExtensions(extensions);
  const policies = extensions.get(OID.certificatePolicies);
  const nameConstraints = extensions.get(OID.nameConstraints);
  const subjectAltName = extensions.get(OID.subjectAltName);
  return {
    pathLenConstraint: readOrRefuse('basicConstraints', () => readPathLength(extensions)),
    extendedKeyUsages: readRequestedUsages(extensions),
    policies: readOrRefuse('certificatePolicies', () =>
      policies === undefined ? null : parseCertificatePolicies(policies.valueDer),
    ),
    policiesDer:
      policies === undefined
        ? null
        : encodeExtension(OID.certificatePolicies, false, policies.valueDer),
    nameConstraints: readOrRefuse('nameConstraints', () => readNameConstraints(extensions)),
    nameConstraintsDer:
      nameConstraints === undefined
        ? null
        : encodeExtension(OID.nameConstraints, true, nameConstraints.valueDer),
    subjectAltNames:
      subjectAltName === undefined ? [] : parseSubjectAltName(subjectAltName.valueDer),
  };
}

/**
 * Returns the extended key usages that a CSR asks for as dotted OIDs, or null for none.
 * @throws SignetError malformed-csr
 */
export function readRequestedUsages(extensions: ExtensionMap): readonly string[] | null {
  return readOrRefuse('extKeyUsage', () => readExtendedKeyUsages(extensions));
}

/** No chain is longer: larger numbers are mistakes. */
const MAX_PATH_LENGTH = 1000;

function readPathLength(extensions: ExtensionMap): number | null {
  const { pathLenConstraint } = readBasicConstraints(extensions);
  if (pathLenConstraint !== null && pathLenConstraint > MAX_PATH_LENGTH) {
    throw new DerError(`the path length is over ${MAX_PATH_LENGTH}`);
  }
  return pathLenConstraint;
}

function refuseExtensions(extensions: ExtensionMap): void {
  for (const [oid, { critical }] of extensions) {
    const name = REFUSED.get(oid);
    if (EXPECTED.has(oid) || (name === undefined && !critical)) continue;
    const reason = name === undefined ? 'is critical and unknown' : 'is not certified';
    throw new SignetError(
      'invalid-parameter',
      `The extension ${name === undefined ? oid : `${name} (${oid})`} of the CSR ${reason} here. Create the CSR without it.`,
      { field: 'csr' },
    );
  }
}

function readOrRefuse<Value>(extension: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new SignetError(
      'malformed-csr',
      `The extension ${extension} of the CSR cannot be read: ${error.message}.`,
      { field: 'csr', cause: error },
    );
  }
}
