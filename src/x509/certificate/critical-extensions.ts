import { OID } from '../../asn1/oids.ts';
import type { ExtensionMap } from './extensions.ts';

/** The extensions that verifiers process by RFC 5280 sections 4.2 and 6.1. */
const PROCESSED: ReadonlySet<string> = new Set([
  OID.authorityKeyIdentifier,
  OID.subjectKeyIdentifier,
  OID.keyUsage,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.subjectAltName,
  OID.issuerAltName,
  OID.basicConstraints,
  OID.nameConstraints,
  OID.policyConstraints,
  OID.extKeyUsage,
  OID.cRLDistributionPoints,
  OID.inhibitAnyPolicy,
  OID.authorityInfoAccess,
]);

/** Returns the OID of a critical extension for which verifiers must refuse the certificate (section 4.2). */
export function findUnknownCriticalExtension(extensions: ExtensionMap): string | null {
  for (const [oid, { critical }] of extensions) if (critical && !PROCESSED.has(oid)) return oid;
  return null;
}
