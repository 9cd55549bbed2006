import { OID } from '../asn1/oids.ts';
import { encodePublications } from '../authorities/publication-extensions.ts';
import { encodeTbsCertificate } from '../x509/certificate/certificate.ts';
import { encodeExtendedKeyUsages } from '../x509/certificate/extended-key-usages.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectKeyIdentifier,
} from '../x509/certificate/extensions.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { encodeSubjectAltName } from '../x509/names/general-names.ts';
import { isEmptyName } from '../x509/names/names.ts';
import { type CertificateDraft, type CertificateIssuer, isCaDraft } from './certificate-draft.ts';

/** What a certificate gets of its own when it is signed. */
export interface CertificatePlace {
  /** Big-endian, positive. */
  readonly serial: Uint8Array;
  /** Plain http, without a trailing slash. */
  readonly publicationUrl: string;
  /** The partition of the issuer's CRLs; null for the complete CRL. */
  readonly crlPartition: number | null;
}

/** Encodes any draft as a TBSCertificate (RFC 5280 section 4.1.2). */
export async function encodeCertificateTbs(
  draft: CertificateDraft,
  issuer: CertificateIssuer,
  place: CertificatePlace,
): Promise<Uint8Array> {
  const { notBeforeSeconds, notAfterSeconds, subjectDer, publicKey } = draft;
  const subjectKeyIdentifier =
    draft.subjectKeyIdentifier ?? (await deriveSubjectKeyIdentifier(publicKey));
  return encodeTbsCertificate(
    { signatureAlgorithmDer: issuer.signer.signatureAlgorithmDer, issuerDer: issuer.subjectDer },
    {
      serial: place.serial,
      notBeforeSeconds,
      notAfterSeconds,
      subjectDer,
      spkiDer: publicKey.spkiDer,
      extensionsDer: [
        ...encodeRole(draft),
        ...draft.furtherExtensionsDer,
        encodeSubjectKeyIdentifier(subjectKeyIdentifier),
        ...encodeNames(draft),
        ...encodeIssuer(draft, issuer, place),
      ],
    },
  );
}

function encodeRole(draft: CertificateDraft): Uint8Array[] {
  const { pathLenConstraint, keyUsages, extendedKeyUsages } = draft;
  const isCa = isCaDraft(draft);
  const basicConstraints = encodeBasicConstraints(isCa, pathLenConstraint ?? undefined);
  const keyUsage = encodeKeyUsage(keyUsages);
  return [
    ...(isCa ? [basicConstraints, keyUsage] : [keyUsage, basicConstraints]),
    ...(extendedKeyUsages === null ? [] : [encodeExtendedKeyUsages(extendedKeyUsages)]),
  ];
}

/** RFC 5280 section 4.2.1.6: critical if the subject is empty. */
function encodeNames({ subjectDer, subjectAltNames }: CertificateDraft): Uint8Array[] {
  if (subjectAltNames.length === 0) return [];
  const namesDer = encodeSubjectAltName(subjectAltNames);
  return [encodeExtension(OID.subjectAltName, isEmptyName(subjectDer), namesDer)];
}

/**
 * A certificate that signs itself needs no authority key identifier (RFC 5280 section 4.2.1.1) and
 * no CRL. An OCSP responder has id-pkix-ocsp-nocheck instead of addresses that would say where to
 * ask for its own revocation (RFC 6960 section 4.2.2.2.1).
 */
function encodeIssuer(
  { kind, profile }: CertificateDraft,
  { generationId: id, subjectKeyIdentifier }: CertificateIssuer,
  { publicationUrl, crlPartition }: CertificatePlace,
): Uint8Array[] {
  if (id === null) return [];
  return [
    encodeAuthorityKeyIdentifier(subjectKeyIdentifier),
    ...(kind === 'ocsp-responder'
      ? []
      : encodePublications(publicationUrl, id, crlPartition, profile?.noRevAvail ?? false)),
  ];
}
