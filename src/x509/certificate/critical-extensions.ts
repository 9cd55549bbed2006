import { OID } from '../../asn1/oids.ts';
import type { ExtensionMap } from './extensions.ts';

/** Extensions that verifiers of RFC 5280 process, section 4.2 and 6.1. */
const PROCESSED: ReadonlySet<string> = new Set([
  OID.authorityKeyIdentifier,
  OID.subjectKeyIdentifier,
  OID.keyUsage,
  OID.certificatePolicies,
  '2.5.29.33', // policyMappings
  OID.subjectAltName,
  '2.5.29.18', // issuerAltName
  OID.basicConstraints,
  OID.nameConstraints,
  '2.5.29.36', // policyConstraints
  OID.extKeyUsage,
  OID.cRLDistributionPoints,
  '2.5.29.54', // inhibitAnyPolicy
  OID.authorityInfoAccess,
]);

/** Whether verifiers must refuse the certificate for an extension that they do not know (section 4.2). */
export function hasUnknownCriticalExtension(extensions: ExtensionMap): boolean {
  for (const [oid, { critical }] of extensions) if (critical && !PROCESSED.has(oid)) return true;
  return false;
}
