import { OID } from '../asn1/oids.ts';
import type { Signer } from '../keys/signer.ts';
import { encodeOwnCaKeyUsage } from '../x509/certificate/ca-extensions.ts';
import { type Certificate, encodeTbsCertificate } from '../x509/certificate/certificate.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtension,
  encodeSubjectKeyIdentifier,
  readBasicConstraints,
} from '../x509/certificate/extensions.ts';
import { generateSerial, type RandomBytes } from '../x509/certificate/serial-number.ts';
import { encodeSigned } from '../x509/certificate/signed.ts';
import type { Authority } from './authority.ts';
import { encodePublications } from './publication-extensions.ts';

/** What a CA certificate says of its CA, whoever issues it. */
export interface CaContent {
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly pathLenConstraint: number | null;
  /** Whole extensions: what is below is limited by them. */
  readonly limitsDer: readonly Uint8Array[];
}

export interface CaValidity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Who signs: the identifiers and addresses that the certificate gets are its own. */
export interface CaIssuer extends Pick<Authority, 'id' | 'subjectDer' | 'subjectKeyIdentifier'> {
  readonly signer: Signer;
}

/** Written anew for every certificate; the others are carried on as they are. */
const OF_ITS_OWN: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.cRLDistributionPoints,
  OID.freshestCRL,
  OID.authorityInfoAccess,
  OID.issuerAltName,
]);

/** What a CA's next certificate has to carry on of the one that it has. */
export function readCaContent(
  certificate: Certificate,
  subjectKeyIdentifier: Uint8Array,
): CaContent {
  const { extensions, subjectDer, spkiDer } = certificate;
  return {
    subjectDer,
    spkiDer,
    subjectKeyIdentifier,
    pathLenConstraint: readBasicConstraints(extensions).pathLenConstraint,
    limitsDer: [...extensions]
      .filter(([oid]) => !OF_ITS_OWN.has(oid))
      .map(([oid, { critical, valueDer }]) => encodeExtension(oid, critical, valueDer)),
  };
}

/**
 * Signs a CA certificate (RFC 5280 section 4.2: basic constraints and key usage critical). A
 * self-signed one needs neither authority key identifier (section 4.2.1.1) nor a list that says
 * whether it is revoked.
 * @param issuer the id null where `content` signs itself
 * @param options.partition of the issuer's lists; null for the complete list alone
 */
export async function signCaCertificate(
  issuer: Omit<CaIssuer, 'id'> & { readonly id: string | null },
  content: CaContent,
  validity: CaValidity,
  options: {
    readonly randomBytes: RandomBytes;
    readonly publicationUrl: string;
    readonly partition: number | null;
  },
): Promise<Uint8Array> {
  const { id, signer } = issuer;
  const { publicationUrl, randomBytes, partition } = options;
  const { signatureAlgorithmDer } = signer;
  const tbsDer = encodeTbsCertificate(
    { signatureAlgorithmDer, issuerDer: issuer.subjectDer },
    {
      serial: generateSerial(randomBytes),
      notBeforeSeconds: validity.notBeforeSeconds,
      notAfterSeconds: validity.notAfterSeconds,
      subjectDer: content.subjectDer,
      spkiDer: content.spkiDer,
      extensionsDer: [
        encodeBasicConstraints(true, content.pathLenConstraint ?? undefined),
        encodeOwnCaKeyUsage(),
        encodeSubjectKeyIdentifier(content.subjectKeyIdentifier),
        ...content.limitsDer,
        ...(id === null
          ? []
          : [
              encodeAuthorityKeyIdentifier(issuer.subjectKeyIdentifier),
              ...encodePublications(publicationUrl, id, partition),
            ]),
      ],
    },
  );
  return encodeSigned(tbsDer, signatureAlgorithmDer, await signer.sign(tbsDer));
}
