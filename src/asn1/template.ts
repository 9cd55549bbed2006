import { concatBytes } from '../bytes.ts';
import {
  type DerElement,
  DerError,
  encodeElement,
  encodeSequence,
  encodeUnsignedInteger,
  readChildren,
  readElement,
  readObjectIdentifier,
  readOnly,
  TAG,
} from './der.ts';

/**
 * Templates of certificates and CRLs. The schema writes one specimen; a template keeps the encoded
 * elements of the specimen that do not change, and fills in the others element by element.
 */

export interface CertificateTemplate {
  readonly versionDer: Uint8Array;
  /** The fields signature and issuer. */
  readonly issuerDer: Uint8Array;
  readonly extensions: readonly TemplateExtension[];
}

/** An extension of the specimen. */
interface TemplateExtension {
  readonly oid: string;
  readonly idDer: Uint8Array;
  readonly extensionDer: Uint8Array;
}

/** Extensions to fill in, by OID; null leaves one out. All others stay the specimen's. */
export type FilledExtensions = ReadonlyMap<
  string,
  { readonly critical: boolean; readonly valueDer: Uint8Array } | null
>;

const CERTIFICATE_EXTENSIONS_TAG = 0xa3;
const CRL_EXTENSIONS_TAG = 0xa0;
const TRUE_DER = Uint8Array.of(TAG.boolean, 1, 0xff);

/** @param tbsDer a TBSCertificate v3 with extensions, without unique identifiers */
export function makeCertificateTemplate(tbsDer: Uint8Array): CertificateTemplate {
  const [version, , signature, issuer, , , , extensions] = readChildren(
    readOnly(tbsDer, TAG.sequence).content,
  );
  if (version === undefined || signature === undefined || issuer === undefined) {
    throw new DerError('the specimen is no TBSCertificate v3');
  }
  return {
    versionDer: version.bytes,
    issuerDer: concatBytes(signature.bytes, issuer.bytes),
    extensions: readExtensions(extensions, CERTIFICATE_EXTENSIONS_TAG),
  };
}

export interface CertificateFields {
  /** Big-endian, positive. */
  readonly serial: Uint8Array;
  readonly notBeforeDer: Uint8Array;
  readonly notAfterDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  readonly extensions: FilledExtensions;
}

/** Writes a TBSCertificate. */
export function fillCertificateTemplate(
  template: CertificateTemplate,
  fields: CertificateFields,
): Uint8Array<ArrayBuffer> {
  return encodeSequence(
    template.versionDer,
    encodeUnsignedInteger(fields.serial),
    template.issuerDer,
    encodeSequence(fields.notBeforeDer, fields.notAfterDer),
    fields.subjectDer,
    fields.spkiDer,
    fillExtensions(CERTIFICATE_EXTENSIONS_TAG, template.extensions, fields.extensions),
  );
}

export interface CrlTemplate {
  /** The fields version, signature and issuer. */
  readonly headDer: Uint8Array;
  readonly extensions: readonly TemplateExtension[];
}

/** @param tbsDer a TBSCertList v2 with nextUpdate and extensions, without entries */
export function makeCrlTemplate(tbsDer: Uint8Array): CrlTemplate {
  const fields = readChildren(readOnly(tbsDer, TAG.sequence).content);
  const [version, signature, issuer, , , extensions] = fields;
  if (version === undefined || signature === undefined || issuer === undefined) {
    throw new DerError('the specimen is no TBSCertList v2');
  }
  return {
    headDer: concatBytes(version.bytes, signature.bytes, issuer.bytes),
    extensions: readExtensions(extensions, CRL_EXTENSIONS_TAG),
  };
}

/** Writes the crlExtensions of a TBSCertList, with their tag. */
export function fillCrlExtensions(
  { extensions }: CrlTemplate,
  filled: FilledExtensions,
): Uint8Array<ArrayBuffer> {
  return fillExtensions(CRL_EXTENSIONS_TAG, extensions, filled);
}

function readExtensions(wrapper: DerElement | undefined, tag: number): TemplateExtension[] {
  if (wrapper?.tag !== tag) throw new DerError('the specimen has no extensions');
  return readChildren(readOnly(wrapper.content, TAG.sequence).content).map(({ bytes, content }) => {
    const id = readElement(content);
    return { oid: readObjectIdentifier(id), idDer: id.bytes, extensionDer: bytes };
  });
}

function fillExtensions(
  tag: number,
  extensions: readonly TemplateExtension[],
  filled: FilledExtensions,
): Uint8Array<ArrayBuffer> {
  const extensionsDer: Uint8Array[] = [];
  for (const { oid, idDer, extensionDer } of extensions) {
    const fill = filled.get(oid);
    if (fill === null) continue;
    extensionsDer.push(
      fill === undefined ? extensionDer : writeExtension(idDer, fill.critical, fill.valueDer),
    );
  }
  return encodeElement(tag, encodeSequence(...extensionsDer));
}

function writeExtension(idDer: Uint8Array, critical: boolean, valueDer: Uint8Array): Uint8Array {
  const value = encodeElement(TAG.octetString, valueDer);
  return critical ? encodeSequence(idDer, TRUE_DER, value) : encodeSequence(idDer, value);
}
