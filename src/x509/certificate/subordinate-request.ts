import {
  assertStrictDer,
  DerError,
  readChildren,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { bytesToBigInt } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { type GeneralName, parseSubjectAltName } from '../names/general-names.ts';
import { type NameConstraints, readNameConstraints } from '../path/name-constraints.ts';
import { parseCertificatePolicies } from './certificate-policies.ts';
import type { CertificateRequest } from './csr.ts';
import { readExtendedKeyUsages } from './extended-key-usages.ts';
import { type ExtensionMap, encodeExtension } from './extensions.ts';

/** What a request for a subordinate CA asks for, beside subject and key. */
export interface SubordinateRequest {
  readonly pathLenConstraint: number | null;
  /** Dotted OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Dotted OIDs, for the check; `policiesDer` is the whole extension with its qualifiers. */
  readonly policies: readonly string[] | null;
  readonly policiesDer: Uint8Array | null;
  /** For the check; `nameConstraintsDer` is the whole extension, critical. */
  readonly nameConstraints: NameConstraints | null;
  readonly nameConstraintsDer: Uint8Array | null;
  /** To be certified only after the name constraints of the CAs above were checked. */
  readonly subjectAltNames: readonly GeneralName[];
  /** Whole extensions that nobody here knows, none of them critical. */
  readonly otherExtensionsDer: readonly Uint8Array[];
}

/** Read above all, made by the CA itself, or replaced by what a CA certificate must have. */
const NOT_COPIED: ReadonlySet<string> = new Set([
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
  // netscapeCertType, the forerunner of the key usages.
  '2.16.840.1.113730.1.1',
]);

/** Known to verifiers, and with a meaning that the CAs above would have to allow. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [OID.policyMappings, 'policyMappings'],
  [OID.policyConstraints, 'policyConstraints'],
  [OID.inhibitAnyPolicy, 'inhibitAnyPolicy'],
  ['1.3.6.1.5.5.7.1.7', 'ipAddrBlocks'],
  ['1.3.6.1.5.5.7.1.8', 'autonomousSysIds'],
  ['1.3.6.1.5.5.7.1.14', 'proxyCertInfo'],
  ['1.3.6.1.5.5.7.48.1.5', 'ocsp-nocheck'],
  ['1.3.6.1.4.1.11129.2.4.2', 'signedCertificateTimestampList'],
  ['1.3.6.1.4.1.11129.2.4.3', 'Certificate Transparency poison'],
]);

/**
 * Reads the extensions of a request for a CA certificate. Basic constraints count for their path
 * length alone, key usage not at all.
 * @throws SignetError malformed-csr, invalid-subject-alt-name; invalid-parameter for an extension
 *   that is refused, by its name
 */
export function readSubordinateRequest({ extensions }: CertificateRequest): SubordinateRequest {
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
    otherExtensionsDer: copyOthers(extensions),
  };
}

/**
 * The extended key usages that a request asks for, as dotted OIDs; null where it asks for none.
 * @throws SignetError malformed-csr
 */
export function readRequestedUsages(extensions: ExtensionMap): readonly string[] | null {
  return readOrRefuse('extKeyUsage', () => readExtendedKeyUsages(extensions));
}

/** The largest number that is worth telling apart: no chain is longer. */
const MAX_PATH_LENGTH = 1000;

function readPathLength(extensions: ExtensionMap): number | null {
  const extension = extensions.get(OID.basicConstraints);
  if (extension === undefined) return null;
  assertStrictDer(extension.valueDer);
  const fields = readChildren(readOnly(extension.valueDer, TAG.sequence).content);
  if (fields[0]?.tag === TAG.boolean) fields.shift();
  const [pathLength, ...rest] = fields;
  if (rest.length > 0) throw new DerError('not SEQUENCE { cA, pathLenConstraint }');
  if (pathLength === undefined) return null;
  const length = bytesToBigInt(readUnsignedInteger(pathLength));
  if (length > BigInt(MAX_PATH_LENGTH)) throw new DerError(`a path length over ${MAX_PATH_LENGTH}`);
  return Number(length);
}

function copyOthers(extensions: ExtensionMap): Uint8Array[] {
  const copies: Uint8Array[] = [];
  for (const [oid, { critical, valueDer }] of extensions) {
    if (NOT_COPIED.has(oid)) continue;
    const name = REFUSED.get(oid);
    if (name !== undefined || critical) {
      const reason = name === undefined ? 'is critical and not known' : 'is not certified';
      throw new SignetError(
        'invalid-parameter',
        `The extension ${name === undefined ? oid : `${name} (${oid})`} of the certificate request ${reason} here: make the request again without it.`,
        { field: 'csr' },
      );
    }
    readOrRefuse(oid, () => assertStrictDer(valueDer));
    copies.push(encodeExtension(oid, false, valueDer));
  }
  return copies;
}

function readOrRefuse<Value>(extension: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new SignetError(
      'malformed-csr',
      `The extension ${extension} of the certificate request cannot be read: ${error.message}.`,
      { field: 'csr', cause: error },
    );
  }
}
