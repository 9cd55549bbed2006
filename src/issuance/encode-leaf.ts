import type { CertificateTemplate as LeafTemplate } from '../asn1/template.ts';
import type { Authority } from '../authorities/authority.ts';
import { equalBytes } from '../bytes.ts';
import type { Signer } from '../keys/signer.ts';
import { encodeLeafTbsCertificate, makeLeafTemplate } from '../x509/certificate/leaf-template.ts';
import type { KeyKind } from '../x509/keys/algorithms.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { encodeSubjectAltName } from '../x509/names/general-names.ts';
import { isEmptyName } from '../x509/names/names.ts';
import type { CertificateTemplate } from './certificate-template.ts';
import type { CheckedRequest } from './check-request.ts';

export interface LeafValidity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Writes the tbsCertificate of a leaf: the profile's fields, and subject, names and key of the CSR. */
export async function encodeLeafTbs(
  authority: Authority,
  signer: Signer,
  template: CertificateTemplate,
  { csr, subjectAltNames }: CheckedRequest,
  serial: Uint8Array,
  validity: LeafValidity,
): Promise<Uint8Array> {
  const { publicKey, subjectDer } = csr;
  const subjectKeyIdentifier = await deriveSubjectKeyIdentifier(publicKey);
  return encodeLeafTbsCertificate(findLeafTemplate(authority, signer, template, publicKey.kind), {
    serial,
    ...validity,
    subjectDer,
    spkiDer: publicKey.spkiDer,
    subjectKeyIdentifier,
    subjectAltName:
      subjectAltNames.length === 0
        ? null
        : {
            // RFC 5280 section 4.2.1.6: critical if the subject is empty.
            critical: isEmptyName(subjectDer),
            valueDer: encodeSubjectAltName(subjectAltNames),
          },
  });
}

interface KnownTemplate {
  readonly issuerSha256Hex: string;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly leafTemplate: LeafTemplate;
}

const known = new WeakMap<CertificateTemplate, Map<KeyKind, KnownTemplate>>();

/** The schema writes the specimen when the first leaf of its kind is issued. */
function findLeafTemplate(
  { certificateSha256Hex: issuerSha256Hex, subjectDer: issuerDer }: Authority,
  { signatureAlgorithmDer }: Signer,
  template: CertificateTemplate,
  kind: KeyKind,
): LeafTemplate {
  const byKind = known.get(template) ?? new Map<KeyKind, KnownTemplate>();
  known.set(template, byKind);
  const found = byKind.get(kind);
  if (
    found?.issuerSha256Hex === issuerSha256Hex &&
    equalBytes(found.signatureAlgorithmDer, signatureAlgorithmDer)
  ) {
    return found.leafTemplate;
  }
  const leafTemplate = makeLeafTemplate(
    { signatureAlgorithmDer, issuerDer },
    [template.keyUsageDer[kind], ...template.headDer],
    template.tailDer,
  );
  byKind.set(kind, { issuerSha256Hex, signatureAlgorithmDer, leafTemplate });
  return leafTemplate;
}
