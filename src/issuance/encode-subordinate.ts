import { OID } from '../asn1/oids.ts';
import type { Authority } from '../authorities/authority.ts';
import { encodePublications } from '../authorities/publication-extensions.ts';
import type { Signer } from '../keys/signer.ts';
import { type CaExtensions, encodeCaExtensions } from '../x509/certificate/ca-extensions.ts';
import { encodeTbsCertificate } from '../x509/certificate/certificate.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeExtension,
  encodeSubjectKeyIdentifier,
} from '../x509/certificate/extensions.ts';
import { deriveSubjectKeyIdentifier, type PublicKey } from '../x509/keys/public-key.ts';
import { encodeSubjectAltName, type GeneralName } from '../x509/names/general-names.ts';

/** What is certified of a CA below. */
export interface SubordinateContent extends CaExtensions {
  readonly subjectDer: Uint8Array;
  readonly publicKey: PublicKey;
  readonly subjectAltNames: readonly GeneralName[];
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/**
 * The tbsCertificate of a CA below `authority`: identifiers and addresses are the issuer's to write,
 * whatever the request says of them.
 */
export async function encodeSubordinateTbs(
  authority: Authority,
  signer: Signer,
  content: SubordinateContent,
  serial: Uint8Array,
  publicationUrl: string,
  partition: number,
): Promise<Uint8Array> {
  const { publicKey, subjectAltNames } = content;
  const subjectAltName = () =>
    encodeExtension(OID.subjectAltName, false, encodeSubjectAltName(subjectAltNames));
  return encodeTbsCertificate(
    { signatureAlgorithmDer: signer.signatureAlgorithmDer, issuerDer: authority.subjectDer },
    {
      serial,
      notBeforeSeconds: content.notBeforeSeconds,
      notAfterSeconds: content.notAfterSeconds,
      subjectDer: content.subjectDer,
      spkiDer: publicKey.spkiDer,
      extensionsDer: [
        ...encodeCaExtensions(content),
        encodeSubjectKeyIdentifier(await deriveSubjectKeyIdentifier(publicKey)),
        ...(subjectAltNames.length === 0 ? [] : [subjectAltName()]),
        encodeAuthorityKeyIdentifier(authority.subjectKeyIdentifier),
        ...encodePublications(publicationUrl, authority.id, partition),
      ],
    },
  );
}
