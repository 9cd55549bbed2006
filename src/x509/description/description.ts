/** What certificates and CSRs say, as JSON. Hexadecimal is in lower case, times are RFC 3339 in UTC. */

export interface CertificateDescription {
  readonly version: number;
  /** See Certificate; null before the certificate is issued. */
  readonly serial: string | null;
  readonly issuer: NameDescription;
  readonly subject: NameDescription;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly publicKey: PublicKeyDescription;
  /** In their order. */
  readonly extensions: ExtensionDescription[];
  readonly signatureAlgorithm: AlgorithmDescription;
  /** The bytes of the signature; null before the certificate is issued. */
  readonly signature: string | null;
  /** Digests of the whole DER; null before the certificate is issued. */
  readonly fingerprints: { readonly sha256: string; readonly sha1: string } | null;
}

export interface CsrDescription {
  readonly version: number;
  readonly subject: NameDescription;
  readonly publicKey: PublicKeyDescription;
  /** Those that the CSR asks for, in their order. */
  readonly extensions: ExtensionDescription[];
  /** The other attributes. */
  readonly attributes: CsrAttributeDescription[];
  readonly signatureAlgorithm: AlgorithmDescription;
  readonly signature: string;
}

export interface CsrAttributeDescription {
  readonly oid: string;
  readonly name: string | null;
  /** Text as it is, anything else as # and the DER in hex. */
  readonly values: string[];
}

export interface NameDescription {
  /** See formatName. */
  readonly text: string;
  /** In the order of the DER; empty if it is not a Name. */
  readonly attributes: NameAttributeDescription[];
}

export interface NameAttributeDescription {
  /** The position of its RDN, from 0 on. The attributes of one RDN have the same. */
  readonly rdn: number;
  readonly oid: string;
  /** The short name of the type, or its OID if it has none. */
  readonly type: string;
  /** Null if it is not text. */
  readonly value: string | null;
  /** The DER of a value that is not text; null for text. */
  readonly hex: string | null;
}

export interface AlgorithmDescription {
  readonly oid: string;
  /** Null if it has no name here. */
  readonly name: string | null;
  /** The hash and the length of the salt of RSASSA-PSS; null for others. */
  readonly pss: { readonly hash: string; readonly saltLength: number } | null;
}

export interface PublicKeyDescription {
  /** The OID of its algorithm, and the name. */
  readonly oid: string;
  readonly algorithm: string | null;
  /** Null for a key that is not supported here. */
  readonly bits: number | null;
  /** The name of its curve, or the OID if it has none here; null for others. */
  readonly curve: string | null;
  /** Of an RSA key. */
  readonly modulus: string | null;
  readonly exponent: string | null;
  /** The bytes of the BIT STRING of other keys; null for an RSA key. */
  readonly key: string | null;
  /** See publicKeyId; null for a key that is not supported here. */
  readonly id: string | null;
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly sha256: string;
}

export type GeneralNameKind =
  | 'dns'
  | 'ip'
  | 'email'
  | 'uri'
  | 'directory'
  | 'registeredId'
  | 'other'
  | 'x400'
  | 'ediParty';

export interface GeneralNameDescription {
  readonly kind: GeneralNameKind;
  /**
   * An IP address as in RFC 5952, a network with the length of its prefix, a directory name as in
   * RFC 4514, an `other` name as its OID, a colon and its text. What cannot be read is # and hex.
   */
  readonly value: string;
  /** Of a directory name only. */
  readonly attributes?: NameAttributeDescription[];
}

export interface OidDescription {
  readonly oid: string;
  readonly name: string | null;
}

export interface DistributionPointDescription {
  readonly fullName: GeneralNameDescription[] | null;
  readonly nameRelativeToCRLIssuer: NameAttributeDescription[] | null;
  /** Names of ReasonFlags; null for all. */
  readonly reasons: string[] | null;
  readonly cRLIssuer: GeneralNameDescription[] | null;
}

export interface PolicyQualifierDescription {
  readonly oid: string;
  /** Of a CPS pointer. */
  readonly cps: string | null;
  /** Of a user notice. */
  readonly organization: string | null;
  readonly noticeNumbers: string[];
  readonly explicitText: string | null;
}

export interface TimestampDescription {
  readonly version: number;
  readonly logId: string;
  readonly timestamp: string;
  /** The names of its hash and its signature, or their numbers. */
  readonly signatureAlgorithm: string;
  readonly signature: string;
}

/** Every value that can be read, by the name of its extension. */
export interface ExtensionValues {
  readonly subjectAltName: GeneralNameDescription[];
  readonly issuerAltName: GeneralNameDescription[];
  readonly keyUsage: string[];
  readonly extKeyUsage: OidDescription[];
  readonly basicConstraints: { readonly cA: boolean; readonly pathLenConstraint: number | null };
  readonly nameConstraints: {
    readonly permitted: GeneralNameDescription[];
    readonly excluded: GeneralNameDescription[];
  };
  readonly authorityInfoAccess: AccessDescription[];
  readonly subjectInfoAccess: AccessDescription[];
  readonly cRLDistributionPoints: DistributionPointDescription[];
  readonly freshestCRL: DistributionPointDescription[];
  readonly certificatePolicies: {
    readonly oid: string;
    readonly qualifiers: PolicyQualifierDescription[];
  }[];
  readonly policyMappings: {
    readonly issuerDomainPolicy: string;
    readonly subjectDomainPolicy: string;
  }[];
  readonly policyConstraints: {
    readonly requireExplicitPolicy: number | null;
    readonly inhibitPolicyMapping: number | null;
  };
  readonly inhibitAnyPolicy: number;
  readonly subjectKeyIdentifier: string;
  readonly authorityKeyIdentifier: {
    readonly keyIdentifier: string | null;
    readonly authorityCertIssuer: GeneralNameDescription[];
    readonly authorityCertSerialNumber: string | null;
  };
  readonly tlsFeature: { readonly number: number; readonly name: string | null }[];
  readonly signedCertificateTimestampList: TimestampDescription[];
}

export interface AccessDescription {
  readonly oid: string;
  readonly method: string | null;
  readonly location: GeneralNameDescription;
}

export type ReadExtensionName = keyof ExtensionValues;

interface ExtensionFrame {
  readonly oid: string;
  readonly critical: boolean;
  /** The DER of the value. */
  readonly hex: string;
}

export type ReadExtension = {
  readonly [Name in ReadExtensionName]: {
    readonly name: Name;
    readonly value: ExtensionValues[Name];
  };
}[ReadExtensionName];

/** Extensions that are only named, or not even that. Also one above whose value cannot be read. */
export interface UnreadExtension {
  readonly name: string | null;
  readonly value: null;
}

export type ExtensionDescription = ExtensionFrame & (ReadExtension | UnreadExtension);
