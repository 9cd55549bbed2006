import {
  CERTIFICATE_SHAPE,
  Certificate as CertificateSchema,
  TBS_CERTIFICATE_SHAPE,
  TbsCertificate,
  TbsCertificateOfParts,
} from '../../asn1/certificate-schema.ts';
import {
  DerError,
  encodeUnsignedInteger,
  readBitStringBytes,
  readElement,
  TAG,
} from '../../asn1/der.ts';
import { parseStrict, serialize } from '../../asn1/parse-strict.ts';
import { decodeTime, encodeTime } from '../../asn1/time.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { type ExtensionMap, mapExtensions } from './extensions.ts';
import { readSerialHex } from './serial-number.ts';

/** The parts of a tbsCertificate that is not signed yet, or of a certificate. */
export interface CertificateContent {
  readonly tbsDer: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Lower-case hex without leading zeros, after a minus sign if it is negative. */
  readonly serialHex: string;
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  /** Unix seconds. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly spkiDer: Uint8Array;
  readonly extensions: ExtensionMap;
  readonly signatureAlgorithmDer: Uint8Array;
}

/** A parsed certificate. Its parts keep the bytes that they came in. */
export interface Certificate extends CertificateContent {
  readonly certificateDer: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Parses a certificate. The signature is for the caller to verify.
 * @throws SignetError malformed-certificate with the rule of RFC 5280 or DER that is broken
 */
export function parseCertificate(certificateDer: Uint8Array): Certificate {
  try {
    return readCertificate(certificateDer);
  } catch (error) {
    if (error instanceof SignetError) throw error;
    const reason = error instanceof DerError ? `: ${error.message}` : '';
    throw new SignetError('malformed-certificate', `The certificate cannot be read${reason}.`, {
      field: 'certificate',
      cause: error,
    });
  }
}

const VERSION_1 = 0;
const VERSION_2 = 1;
const VERSION_3 = 2;

function readCertificate(certificateDer: Uint8Array): Certificate {
  const parsed = parseStrict(certificateDer, CertificateSchema, TAG.sequence, CERTIFICATE_SHAPE);
  const { tbsCertificate: tbs, signatureAlgorithm } = parsed;
  const content = readContent(parsed.tbsCertificateRaw, tbs);
  // Only the algorithm inside the tbsCertificate is signed.
  if (!equalBytes(tbs.signature, signatureAlgorithm)) {
    throw new DerError('the two signature algorithms differ (RFC 5280 section 4.1.1.2)');
  }
  const signature = readBitStringBytes(readElement(parsed.signatureValue));
  return { certificateDer, ...content, signature };
}

/** Parses a tbsCertificate that Signet has made. @throws DerError */
export function parseTbsCertificate(tbsDer: Uint8Array): CertificateContent {
  return readContent(
    tbsDer,
    parseStrict(tbsDer, TbsCertificate, TAG.sequence, TBS_CERTIFICATE_SHAPE),
  );
}

function readContent(tbsDer: Uint8Array, tbs: TbsCertificate): CertificateContent {
  checkVersion(tbs);
  return {
    tbsDer,
    version: tbs.version + 1,
    serialHex: readSerialHex(new Uint8Array(tbs.serialNumber)),
    issuerDer: tbs.issuer,
    subjectDer: tbs.subject,
    notBeforeSeconds: decodeTime(readElement(tbs.validity.notBefore)),
    notAfterSeconds: decodeTime(readElement(tbs.validity.notAfter)),
    spkiDer: tbs.subjectPublicKeyInfo,
    extensions: mapExtensions(tbs.extensions ?? []),
    signatureAlgorithmDer: tbs.signature,
  };
}

/** RFC 5280 sections 4.1.2.1, 4.1.2.8 and 4.1.2.9. */
function checkVersion({ version, issuerUniqueID, subjectUniqueID, extensions }: TbsCertificate) {
  if (version !== VERSION_1 && version !== VERSION_2 && version !== VERSION_3) {
    throw new DerError('its version is not v1, v2 or v3');
  }
  if (extensions !== undefined && version !== VERSION_3) {
    throw new DerError('it has extensions, but its version is not v3');
  }
  if ((issuerUniqueID ?? subjectUniqueID) !== undefined && version === VERSION_1) {
    throw new DerError('it has a unique identifier, but its version is v1');
  }
}

/** The fields that are the same in every certificate of an authority. */
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
  /** Encoded Extensions, in their final order. */
  readonly extensionsDer: readonly Uint8Array[];
}

/**
 * Writes a TBSCertificate v3 (RFC 5280 section 4.1.2) through the schema. Too slow for leaves, which
 * are made from templates.
 */
export function encodeTbsCertificate(
  frame: CertificateFrame,
  fields: CertificateFields,
): Uint8Array<ArrayBuffer> {
  const tbs = new TbsCertificateOfParts();
  tbs.version = VERSION_3;
  tbs.serialNumber = toIntegerContent(fields.serial);
  tbs.signature = frame.signatureAlgorithmDer;
  tbs.issuer = frame.issuerDer;
  tbs.validity.notBefore = encodeTime(fields.notBeforeSeconds);
  tbs.validity.notAfter = encodeTime(fields.notAfterSeconds);
  tbs.subject = fields.subjectDer;
  tbs.subjectPublicKeyInfo = fields.spkiDer;
  tbs.extensions = fields.extensionsDer;
  return serialize(tbs);
}

/** The schema writes an INTEGER as it is given: minimal and with its sign byte. */
function toIntegerContent(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(readElement(encodeUnsignedInteger(bytes)).content).buffer;
}
