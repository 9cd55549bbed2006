import { EXTENDED_KEY_USAGE_OID, OID } from '../../asn1/oids.ts';
import { ANY_POLICY } from '../certificate/certificate-policies.ts';
import { ANY_EXTENDED_KEY_USAGE } from '../certificate/extended-key-usages.ts';
import { OCSP_OID } from '../status/ocsp-request.ts';
import type { OidDescription, ReadExtensionName } from './description.ts';

/** The extensions whose values are read. */
export const READ_EXTENSION_OID: Readonly<Record<ReadExtensionName, string>> = {
  subjectAltName: OID.subjectAltName,
  issuerAltName: OID.issuerAltName,
  keyUsage: OID.keyUsage,
  extKeyUsage: OID.extKeyUsage,
  basicConstraints: OID.basicConstraints,
  nameConstraints: OID.nameConstraints,
  authorityInfoAccess: OID.authorityInfoAccess,
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
  cRLDistributionPoints: OID.cRLDistributionPoints,
  freshestCRL: OID.freshestCRL,
  certificatePolicies: OID.certificatePolicies,
  policyMappings: OID.policyMappings,
  policyConstraints: OID.policyConstraints,
  inhibitAnyPolicy: OID.inhibitAnyPolicy,
  subjectKeyIdentifier: OID.subjectKeyIdentifier,
  authorityKeyIdentifier: OID.authorityKeyIdentifier,
  tlsFeature: '1.3.6.1.5.5.7.1.24',
  signedCertificateTimestampList: '1.3.6.1.4.1.11129.2.4.2',
};

/** Further extensions that have a name here; their values are not read. */
const OTHER_EXTENSIONS: Readonly<Record<string, string>> = {
  [OID.noRevAvail]: 'noRevAvail',
  [OCSP_OID.noCheck]: 'ocspNoCheck',
  [OID.acmeIdentifier]: 'acmeIdentifier',
  '2.5.29.9': 'subjectDirectoryAttributes',
  '2.5.29.16': 'privateKeyUsagePeriod',
  '1.3.6.1.5.5.7.1.3': 'qcStatements',
  '1.3.6.1.4.1.11129.2.4.3': 'precertificatePoison',
  '2.16.840.1.113730.1.1': 'netscapeCertType',
  '2.16.840.1.113730.1.13': 'netscapeComment',
  '1.3.6.1.4.1.311.20.2': 'microsoftCertificateTemplateName',
  '1.3.6.1.4.1.311.21.7': 'microsoftCertificateTemplate',
  '1.3.6.1.4.1.311.21.10': 'microsoftApplicationPolicies',
};

export function findOtherExtension(oid: string): string | null {
  return OTHER_EXTENSIONS[oid] ?? null;
}

/** KeyUsage and ReasonFlags, RFC 5280 sections 4.2.1.3 and 4.2.1.13, by bit. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

export const REASON_FLAGS = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
];

export const POLICY_QUALIFIER_OID = {
  cps: '1.3.6.1.5.5.7.2.1',
  userNotice: '1.3.6.1.5.5.7.2.2',
} as const;

/** TLS extensions that a TLS feature names (RFC 7633). */
export const TLS_FEATURES: Readonly<Record<number, string>> = {
  5: 'status_request',
  17: 'status_request_v2',
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(EXTENDED_KEY_USAGE_OID).map(([name, oid]): [string, string] => [oid, name]),
  [ANY_EXTENDED_KEY_USAGE, 'anyExtendedKeyUsage'],
  [ANY_POLICY, 'anyPolicy'],
  [OID.ocsp, 'ocsp'],
  [OID.caIssuers, 'caIssuers'],
  ['1.3.6.1.5.5.7.48.3', 'timeStamping'],
  ['1.3.6.1.5.5.7.48.5', 'caRepository'],
  ['1.3.6.1.5.5.7.3.5', 'ipsecEndSystem'],
  ['1.3.6.1.5.5.7.3.6', 'ipsecTunnel'],
  ['1.3.6.1.5.5.7.3.7', 'ipsecUser'],
  ['1.3.6.1.5.5.7.3.17', 'ipsecIKE'],
  ['1.3.6.1.4.1.311.20.2.2', 'microsoftSmartcardLogin'],
]);

/** Gives an OID its name: of an extended key usage or of a method of access. */
export function nameOid(oid: string): OidDescription {
  return { oid, name: NAMES.get(oid) ?? null };
}
