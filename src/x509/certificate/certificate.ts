import {
  assertStrictDer,
  type DerElement,
  DerError,
  encodeElement,
  encodeSequence,
  encodeUnsignedInteger,
  readBitStringBytes,
  readChildren,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { decodeTime, encodeTime } from '../../asn1/time.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { type ExtensionMap, readExtensions } from './extensions.ts';
import { serialToHex } from './serial-number.ts';

/** A certificate with the bytes that its parts came in. */
export interface Certificate {
  readonly certificateDer: Uint8Array;
  readonly tbsDer: Uint8Array;
  /** Lower-case hex without leading zeros. */
  readonly serialHex: string;
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  /** Unix seconds. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly spkiDer: Uint8Array;
  readonly extensions: ExtensionMap;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
}

/** @throws SignetError malformed-certificate where `certificateDer` is not strict DER of a v3 or v1 certificate */
export function parseCertificate(certificateDer: Uint8Array): Certificate {
  try {
    return readCertificate(certificateDer);
  } catch (error) {
    if (error instanceof SignetError) throw error;
    throw new SignetError(
      'malformed-certificate',
      error instanceof DerError
        ? `The certificate is not valid DER: ${error.message}.`
        : 'The certificate cannot be read.',
      { field: 'certificate', cause: error },
    );
  }
}

const VERSION_TAG = 0xa0;
const EXTENSIONS_TAG = 0xa3;

function readCertificate(certificateDer: Uint8Array): Certificate {
  assertStrictDer(certificateDer);
  const [tbs, signatureAlgorithm, signature, ...rest] = readChildren(
    readOnly(certificateDer, TAG.sequence).content,
  );
  if (
    tbs?.tag !== TAG.sequence ||
    signatureAlgorithm === undefined ||
    signature === undefined ||
    rest.length > 0
  ) {
    throw new DerError('not SEQUENCE { tbsCertificate, signatureAlgorithm, signature }');
  }
  const fields = readChildren(tbs.content);
  if (fields[0]?.tag === VERSION_TAG) fields.shift();
  const [serial, algorithm, issuer, validity, subject, spki, ...optional] = fields;
  if (
    serial === undefined ||
    issuer?.tag !== TAG.sequence ||
    validity?.tag !== TAG.sequence ||
    subject?.tag !== TAG.sequence ||
    spki?.tag !== TAG.sequence
  ) {
    throw new DerError('fields are missing');
  }
  // RFC 5280 section 4.1.1.2. Only the one inside is signed.
  if (algorithm === undefined || !equalBytes(algorithm.bytes, signatureAlgorithm.bytes)) {
    throw new DerError('the two signature algorithms differ');
  }
  const [notBefore, notAfter] = readChildren(validity.content);
  if (notBefore === undefined || notAfter === undefined)
    throw new DerError('validity without its two times');
  return {
    certificateDer,
    tbsDer: tbs.bytes,
    serialHex: serialToHex(readUnsignedInteger(serial)),
    issuerDer: issuer.bytes,
    subjectDer: subject.bytes,
    notBeforeSeconds: decodeTime(notBefore),
    notAfterSeconds: decodeTime(notAfter),
    spkiDer: spki.bytes,
    extensions: readWrappedExtensions(optional.find(({ tag }) => tag === EXTENSIONS_TAG)),
    signatureAlgorithmDer: signatureAlgorithm.bytes,
    signature: readBitStringBytes(signature),
  };
}

function readWrappedExtensions(element: DerElement | undefined): ExtensionMap {
  if (element === undefined) return new Map();
  return readExtensions(readOnly(element.content, TAG.sequence));
}

/** What one authority and one profile make the same in every certificate, encoded once. */
export interface CertificateFrame {
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
}

export interface CertificateFields {
  /** Big-endian, positive. */
  readonly serial: Uint8Array;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly subjectDer: Uint8Array;
  readonly spkiDer: Uint8Array;
  /** Each an encoded Extension, in the order they are to stand in. */
  readonly extensionsDer: readonly Uint8Array[];
}

const VERSION_3_DER = encodeElement(VERSION_TAG, Uint8Array.of(TAG.integer, 1, 2));

/**
 * TBSCertificate v3 (RFC 5280 section 4.1.2), joined from parts that are encoded already: going
 * through a schema here was measured to cost several times the rest of an issuance.
 */
export function encodeTbsCertificate(
  frame: CertificateFrame,
  fields: CertificateFields,
): Uint8Array<ArrayBuffer> {
  return encodeSequence(
    VERSION_3_DER,
    encodeUnsignedInteger(fields.serial),
    frame.signatureAlgorithmDer,
    frame.issuerDer,
    encodeSequence(encodeTime(fields.notBeforeSeconds), encodeTime(fields.notAfterSeconds)),
    fields.subjectDer,
    fields.spkiDer,
    encodeElement(EXTENSIONS_TAG, encodeSequence(...fields.extensionsDer)),
  );
}
