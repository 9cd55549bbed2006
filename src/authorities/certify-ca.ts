import type { Caller } from '../access/caller.ts';
import type { Principal } from '../access/principal.ts';
import type { Config } from '../config.ts';
import type { CertificateDraft, CertificateIssuer } from '../issuance/certificate-draft.ts';
import { isCarriedOver } from '../issuance/extension-rule.ts';
import { ApprovedCertificate } from '../issuance/last-gate.ts';
import { signCertificate } from '../issuance/sign-certificate.ts';
import type { ResolvedValidity } from '../issuance/validity.ts';
import type { Signer } from '../keys/signer.ts';
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
  readonly nowSeconds: number;
  readonly randomBytes: RandomBytes;
  readonly publicationUrl: string;
}

export function describeSigning(
  dependencies: {
    readonly randomBytes: RandomBytes;
    readonly config: Pick<Config, 'publicationUrl'>;
  },
  { principal }: Caller,
  atMs: number,
): CaSigningOptions {
  const { randomBytes, config } = dependencies;
  const { publicationUrl } = config;
  return { principal, nowSeconds: Math.floor(atMs / 1000), randomBytes, publicationUrl };
}

/**
 * Signs the certificate of a CA whose key is kept here. Nothing is recorded here.
 * @throws SignetError with the rule of the last gate that refuses
 */
export async function signCaCertificate(
  { issuer, kind, content, validity, crlPartition }: CaSigning,
  { principal, nowSeconds, randomBytes, publicationUrl }: CaSigningOptions,
): Promise<Uint8Array> {
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
  const approved = await ApprovedCertificate.approve(request);
  const serial = generateSerial(randomBytes);
  return signCertificate(approved, { serial, publicationUrl, crlPartition });
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
    accountId: null,
    subjectDer,
    subjectKeyIdentifier,
    issuers: [],
    signer,
  };
}
