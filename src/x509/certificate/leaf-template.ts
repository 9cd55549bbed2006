import { encodeElement, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import {
  type CertificateTemplate,
  type FilledExtensions,
  fillCertificateTemplate,
  makeCertificateTemplate,
} from '../../asn1/template.ts';
import { encodeTime } from '../../asn1/time.ts';
import { type CertificateFrame, encodeTbsCertificate } from './certificate.ts';
import { encodeExtension, encodeSubjectKeyIdentifier } from './extensions.ts';

const EMPTY_SEQUENCE_DER = Uint8Array.of(TAG.sequence, 0);

/**
 * Makes the template of an authority's leaves from a specimen that the schema writes. The subject
 * key identifier and the subject alternative names go between `beforeDer` and `afterDer`.
 * @param beforeDer, afterDer encoded Extensions that all these leaves share
 */
export function makeLeafTemplate(
  frame: CertificateFrame,
  beforeDer: readonly Uint8Array[],
  afterDer: readonly Uint8Array[],
): CertificateTemplate {
  const specimenDer = encodeTbsCertificate(frame, {
    serial: Uint8Array.of(1),
    notBeforeSeconds: 0,
    notAfterSeconds: 0,
    subjectDer: EMPTY_SEQUENCE_DER,
    spkiDer: EMPTY_SEQUENCE_DER,
    extensionsDer: [
      ...beforeDer,
      encodeSubjectKeyIdentifier(new Uint8Array(20)),
      encodeExtension(OID.subjectAltName, false, EMPTY_SEQUENCE_DER),
      ...afterDer,
    ],
  });
  return makeCertificateTemplate(specimenDer);
}

export interface LeafFields {
  /** Big-endian, positive. */
  readonly serial: Uint8Array;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  /** Null for a leaf without names. */
  readonly subjectAltName: { readonly critical: boolean; readonly valueDer: Uint8Array } | null;
}

/** Writes the TBSCertificate of a leaf. */
export function encodeLeafTbsCertificate(
  template: CertificateTemplate,
  { notBeforeSeconds, notAfterSeconds, subjectKeyIdentifier, ...fields }: LeafFields,
): Uint8Array<ArrayBuffer> {
  const valueDer = encodeElement(TAG.octetString, subjectKeyIdentifier);
  const extensions: FilledExtensions = new Map([
    [OID.subjectKeyIdentifier, { critical: false, valueDer }],
    [OID.subjectAltName, fields.subjectAltName],
  ]);
  return fillCertificateTemplate(template, {
    serial: fields.serial,
    notBeforeDer: encodeTime(notBeforeSeconds),
    notAfterDer: encodeTime(notAfterSeconds),
    subjectDer: fields.subjectDer,
    spkiDer: fields.spkiDer,
    extensions,
  });
}
