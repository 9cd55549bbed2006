import type { Caller } from '../access/caller.ts';
import type { Principal } from '../access/principal.ts';
import type { Config } from '../config.ts';
import { approveBounded } from '../issuance/approve-bounded.ts';
import type { CertificateDraft, CertificateIssuer } from '../issuance/certificate-draft.ts';
import { isCarriedOver } from '../issuance/extension-rule.ts';
import { ApprovedCertificate } from '../issuance/last-gate.ts';
import { signCertificate } from '../issuance/sign-certificate.ts';
import type { ResolvedValidity } from '../issuance/validity.ts';
import type { Signer } from '../keys/signer.ts';
import type { Bounds, OpenBounds } from '../policy/bounds.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { encodeExtension, type KeyUsageName } from '../x509/certificate/extensions.ts';
import { generateSerial, type RandomBytes } from '../x509/certificate/serial-number.ts';
import { type PublicKey, parsePublicKey, publicKeyId } from '../x509/keys/public-key.ts';
import { readIssuerConstraints } from '../x509/path/issuer-constraints.ts';

/** A CA whose key is kept here also signs OCSP responses (RFC 5280 section 4.2.1.3). */
export const CA_KEY_USAGES: readonly KeyUsageName[] = [
  'digitalSignature',
  'keyCertSign',
  'cRLSign',
];

/** The fields that all certificates of a CA share, whichever CA issues them. The key is kept here. */
export interface CaContent
  extends Pick<
    CertificateDraft,
    | 'subjectDer'
    | 'publicKey'
    | 'subjectKeyIdentifier'
    | 'pathLenConstraint'
    | 'extendedKeyUsages'
    | 'policies'
    | 'nameConstraints'
    | 'furtherExtensionsDer'
  > {
  readonly subjectKeyIdentifier: Uint8Array;
}

export interface CaSigning {
  /** With generationId null, the CA signs its own certificate. */
  readonly issuer: CertificateIssuer;
  readonly kind: Extract<CertificateDraft['kind'], 'ca' | 'cross'>;
  readonly content: CaContent;
  readonly validity: ResolvedValidity;
  /** The partition of the issuer's CRLs; null for the complete CRL. */
  readonly crlPartition: number | null;
}

/** For whom and when CA certificates are signed, and by what means. */
export interface CaSigningOptions {
  readonly principal: Principal;
  readonly openBounds: OpenBounds;
  readonly nowSeconds: number;
  readonly randomBytes: RandomBytes;
  readonly publicationUrl: string;
}

export function describeSigning(
  dependencies: {
    readonly openBounds: OpenBounds;
    readonly randomBytes: RandomBytes;
    readonly config: Pick<Config, 'publicationUrl'>;
  },
  { principal }: Caller,
  atMs: number,
): CaSigningOptions {
  const { openBounds, randomBytes, config } = dependencies;
  const { publicationUrl } = config;
  const nowSeconds = Math.floor(atMs / 1000);
  return { principal, openBounds, nowSeconds, randomBytes, publicationUrl };
}

export interface SignedCa {
  readonly certificateDer: Uint8Array;
  /** The policies that permitted it, for the commit to check. Null for a cross-certificate. */
  readonly bounds: Bounds | null;
}

/**
 * Signs the certificate of a CA whose key is kept here. Nothing is recorded here.
 * @throws SignetError with the rule of the last gate that refuses
 */
export async function signCaCertificate(
  { issuer, kind, content, validity, crlPartition }: CaSigning,
  { principal, openBounds, nowSeconds, randomBytes, publicationUrl }: CaSigningOptions,
): Promise<SignedCa> {
  const draft: CertificateDraft = {
    ...content,
    ...validity,
    kind,
    publicKeyIdHex: await publicKeyId(content.publicKey),
    possession: 'key-kept-here',
    subjectAltNames: [],
    keyUsages: CA_KEY_USAGES,
    profile: null,
  };
  const request = { draft, issuer, instance: null, principal, nowSeconds };
  const { approved, bounds } =
    kind === 'cross'
      ? { approved: await ApprovedCertificate.approve({ ...request, bounds: null }), bounds: null }
      : await approveBounded(openBounds, request);
  const serial = generateSerial(randomBytes);
  const certificateDer = await signCertificate(approved, { serial, publicationUrl, crlPartition });
  return { certificateDer, bounds };
}

/**
 * Reads what the next certificate of a CA carries over from the one that it has: its limits. The other
 * extensions are made anew or, if they are not known here, left out.
 * @throws SignetError constraint-violated if the certificate has a limit that cannot be enforced
 */
export function readCaContent(
  certificate: Certificate,
  subjectKeyIdentifier: Uint8Array,
  publicKey: PublicKey = parsePublicKey(certificate.spkiDer),
): CaContent {
  const { pathLenConstraint, extendedKeyUsages, policies, nameConstraints } =
    readIssuerConstraints(certificate);
  return {
    subjectDer: certificate.subjectDer,
    publicKey,
    subjectKeyIdentifier,
    pathLenConstraint,
    extendedKeyUsages,
    policies,
    nameConstraints,
    furtherExtensionsDer: [...certificate.extensions]
      .filter(([oid]) => isCarriedOver(oid))
      .map(([oid, { critical, valueDer }]) => encodeExtension(oid, critical, valueDer)),
  };
}

/** The issuer of a certificate that signs itself. */
export function selfIssuer(
  { subjectDer, subjectKeyIdentifier }: CaContent,
  signer: Signer,
): CertificateIssuer {
  return {
    generationId: null,
    lineageId: null,
    policyId: null,
    accountId: null,
    subjectDer,
    subjectKeyIdentifier,
    issuers: [],
    signer,
  };
}
