import type { Authority } from '../authorities/authority.ts';
import type { Signer } from '../keys/signer.ts';
import type { KeyUsageName } from '../x509/certificate/extensions.ts';
import type { PossessionProof } from '../x509/certificate/possession-proof.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import type { GeneralName } from '../x509/names/general-names.ts';
import type { NameConstraints } from '../x509/path/name-constraints.ts';
import type { Profile } from './profiles.ts';

/** What a certificate will say, before its issuer adds a serial number, identifiers and addresses. */
export interface CertificateDraft {
  /**
   * `cross` certifies a root's key by another key of the same root, so both have the same name.
   * `ocsp-responder` speaks for its issuer with a key that is kept here.
   */
  readonly kind: 'leaf' | 'ca' | 'cross' | 'ocsp-responder';
  /** A Name that checkSubjectName accepts. */
  readonly subjectDer: Uint8Array;
  readonly publicKey: PublicKey;
  /** See publicKeyId. */
  readonly publicKeyIdHex: string;
  /** `key-kept-here` for the keys of authorities and their OCSP responders. */
  readonly possession: PossessionProof | 'key-kept-here';
  /** Null to derive it from the public key. */
  readonly subjectKeyIdentifier: Uint8Array | null;
  readonly subjectAltNames: readonly GeneralName[];
  readonly keyUsages: readonly KeyUsageName[];
  /** Dotted OIDs; null for no such extension. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** The profile that a leaf keeps to. Null for others. */
  readonly profile: Profile | null;
  /** Null for no limit, and for every leaf. */
  readonly pathLenConstraint: number | null;
  /** Dotted OIDs of the policies in `furtherExtensionsDer`; null for no such extension. */
  readonly policies: readonly string[] | null;
  /** The name constraints in `furtherExtensionsDer`; null for no such extension. */
  readonly nameConstraints: NameConstraints | null;
  /** Whole extensions, certified as they are. */
  readonly furtherExtensionsDer: readonly Uint8Array[];
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Tells whether the certificate will be that of a CA. */
export function isCaDraft({ kind }: Pick<CertificateDraft, 'kind'>): boolean {
  return kind === 'ca' || kind === 'cross';
}

/** The part of an authority that signs. */
export interface CertificateIssuer
  extends Pick<Authority, 'subjectDer' | 'subjectKeyIdentifier' | 'issuers'> {
  /**
   * Names the CA certificate, CRL and OCSP responder of the issuer. Null for a certificate that
   * signs itself: it needs none of them, and `issuers` is empty.
   */
  readonly generationId: string | null;
  /** The authority with all its generations; null for a certificate that signs itself. */
  readonly lineageId: string | null;
  /** The authority's policy, as its record was read. */
  readonly policyId: string | null;
  /** The account that owns the authority; null for a certificate that signs itself. */
  readonly accountId: string | null;
  readonly signer: Signer;
}

/** What every leaf has in common. */
export const LEAF = {
  kind: 'leaf',
  subjectKeyIdentifier: null,
  pathLenConstraint: null,
  policies: null,
  nameConstraints: null,
  furtherExtensionsDer: [],
} as const satisfies Partial<CertificateDraft>;
