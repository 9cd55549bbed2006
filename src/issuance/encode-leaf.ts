import { OID } from '../asn1/oids.ts';
import type { Authority } from '../authorities/authority.ts';
import type { Signer } from '../keys/signer.ts';
import { encodeTbsCertificate } from '../x509/certificate/certificate.ts';
import { encodeExtension, encodeSubjectKeyIdentifier } from '../x509/certificate/extensions.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { encodeSubjectAltName } from '../x509/names/general-names.ts';
import { isEmptyName } from '../x509/names/names.ts';
import type { CertificateTemplate } from './certificate-template.ts';
import type { CheckedRequest } from './check-request.ts';

export interface LeafValidity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** The tbsCertificate of a leaf: what the profile says, with the request's subject, names and key. */
export async function encodeLeafTbs(
  authority: Authority,
  signer: Signer,
  template: CertificateTemplate,
  { csr, subjectAltNames }: CheckedRequest,
  serial: Uint8Array,
  validity: LeafValidity,
): Promise<Uint8Array> {
  const subjectKeyIdentifier = await deriveSubjectKeyIdentifier(csr.publicKey);
  const extensionsDer = [
    template.keyUsageDer[csr.publicKey.kind],
    ...template.headDer,
    encodeSubjectKeyIdentifier(subjectKeyIdentifier),
  ];
  if (subjectAltNames.length > 0) {
    // RFC 5280 section 4.2.1.6: critical where the subject is empty.
    const critical = isEmptyName(csr.subjectDer);
    extensionsDer.push(
      encodeExtension(OID.subjectAltName, critical, encodeSubjectAltName(subjectAltNames)),
    );
  }
  extensionsDer.push(...template.tailDer);
  return encodeTbsCertificate(
    { signatureAlgorithmDer: signer.signatureAlgorithmDer, issuerDer: authority.subjectDer },
    {
      serial,
      ...validity,
      subjectDer: csr.subjectDer,
      spkiDer: csr.publicKey.spkiDer,
      extensionsDer,
    },
  );
}
