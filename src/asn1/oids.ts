/** Object identifiers of extensions and attributes (RFC 5280 section 4.2, RFC 2985 section 5.4.2). */
export const OID = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  cRLDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  freshestCRL: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  /** RFC 9608 section 2. */
  noRevAvail: '2.5.29.56',
  /** RFC 8737 section 6.1. */
  acmeIdentifier: '1.3.6.1.5.5.7.1.31',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
  extensionRequest: '1.2.840.113549.1.9.14',
  /** Microsoft's OID for the same attribute, which certreq.exe writes. */
  microsoftExtensionRequest: '1.3.6.1.4.1.311.2.1.14',
} as const;

/** Extended key usages by the names that their RFCs give them, such as RFC 5280 section 4.2.1.12. */
export const EXTENDED_KEY_USAGE_OID = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
} as const;

export type ExtendedKeyUsageName = keyof typeof EXTENDED_KEY_USAGE_OID;
