import type { CertificateTemplate as LeafTemplate } from '../asn1/template.ts';
import type { Authority } from '../authorities/authority.ts';
import { equalBytes } from '../bytes.ts';
import type { Signer } from '../keys/signer.ts';
import { encodeLeafTbsCertificate, makeLeafTemplate } from '../x509/certificate/leaf-template.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { encodeSubjectAltName } from '../x509/names/general-names.ts';
import { isEmptyName } from '../x509/names/names.ts';
import type { CertificateDraft } from './certificate-draft.ts';
import type { CertificateTemplate } from './certificate-template.ts';
import { classifyKey, type KeyClass } from './key-usages.ts';

export interface LeafValidity {
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Writes the tbsCertificate of a leaf: the profile's fields, and subject, names and key of the CSR. */
export async function encodeLeafTbs(
  authority: Pick<Authority, 'subjectDer'>,
  signer: Signer,
  template: CertificateTemplate,
  subject: Pick<CertificateDraft, 'subjectDer' | 'publicKey' | 'subjectAltNames'>,
  serial: Uint8Array,
  { notBeforeSeconds, notAfterSeconds }: LeafValidity,
): Promise<Uint8Array> {
  const { subjectDer, publicKey, subjectAltNames } = subject;
  const subjectKeyIdentifier = await deriveSubjectKeyIdentifier(publicKey);
  const leafTemplate = findLeafTemplate(authority, signer, template, classifyKey(publicKey));
  return encodeLeafTbsCertificate(leafTemplate, {
    serial,
    notBeforeSeconds,
    notAfterSeconds,
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
  readonly issuerDer: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly leafTemplate: LeafTemplate;
}

const known = new WeakMap<CertificateTemplate, Map<KeyClass, KnownTemplate>>();

/** The schema writes the specimen when the first leaf of its kind is issued. */
function findLeafTemplate(
  { subjectDer: issuerDer }: Pick<Authority, 'subjectDer'>,
  { signatureAlgorithmDer }: Signer,
  template: CertificateTemplate,
  keyClass: KeyClass,
): LeafTemplate {
  const byClass = known.get(template) ?? new Map<KeyClass, KnownTemplate>();
  known.set(template, byClass);
  const found = byClass.get(keyClass);
  if (
    found !== undefined &&
    equalBytes(found.issuerDer, issuerDer) &&
    equalBytes(found.signatureAlgorithmDer, signatureAlgorithmDer)
  ) {
    return found.leafTemplate;
  }
  const leafTemplate = makeLeafTemplate(
    { signatureAlgorithmDer, issuerDer },
    [template.keyUsageDer[keyClass], ...template.headDer],
    template.tailDer,
  );
  byClass.set(keyClass, { issuerDer, signatureAlgorithmDer, leafTemplate });
  return leafTemplate;
}
