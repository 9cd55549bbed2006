import {
  assertStrictDer,
  type DerElement,
  DerError,
  readBitStringBytes,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { decodeTime } from '../../asn1/time.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { serialToHex } from '../certificate/serial-number.ts';
import type { RevokedCertificate } from './revoked-entries.ts';

const CRL_NUMBER_OID = '2.5.29.20';
const EXTENSIONS_TAG = 0xa0;

export interface Crl {
  /** Null where the list has no number: a v1 list, or one that OpenSSL made without a crlnumber file. */
  readonly number: number | null;
  readonly issuerDer: Uint8Array;
  /** Unix seconds. */
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number | null;
  readonly entries: readonly RevokedCertificate[];
  /** What is signed. */
  readonly tbsDer: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
}

const REASON_CODE_OID = '2.5.29.21';
const INVALIDITY_DATE_OID = '2.5.29.24';
const AUTHORITY_KEY_IDENTIFIER_OID = '2.5.29.35';
/** RFC 5280 section 5.3.1: 7 is not used. */
const REASONS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);

/**
 * Reads a complete CRL, v1 or v2; its signature is for the caller to verify.
 * @throws SignetError malformed-crl for what is not strict DER of one, for a critical extension that
 *   is not understood (RFC 5280 section 5.2: an indirect, partial or delta list), and for a number
 *   that does not fit
 */
export function parseCrl(crlDer: Uint8Array): Crl {
  try {
    return readCrl(crlDer);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new SignetError(
      'malformed-crl',
      `The revocation list cannot be used: ${error.message}.`,
      { field: 'crl', cause: error },
    );
  }
}

function readCrl(crlDer: Uint8Array): Crl {
  assertStrictDer(crlDer);
  const [tbs, signatureAlgorithm, signature, ...rest] = readChildren(
    readOnly(crlDer, TAG.sequence).content,
  );
  if (
    tbs?.tag !== TAG.sequence ||
    signatureAlgorithm === undefined ||
    signature === undefined ||
    rest.length > 0
  ) {
    throw new DerError('not SEQUENCE { tbsCertList, signatureAlgorithm, signature }');
  }
  return {
    ...readCertList(tbs, signatureAlgorithm),
    tbsDer: tbs.bytes,
    signatureAlgorithmDer: signatureAlgorithm.bytes,
    signatureAlgorithmOid: readAlgorithmOid(signatureAlgorithm),
    signature: readBitStringBytes(signature),
  };
}

function readCertList(
  tbs: DerElement,
  signatureAlgorithm: DerElement,
): Pick<Crl, 'number' | 'issuerDer' | 'thisUpdateSeconds' | 'nextUpdateSeconds' | 'entries'> {
  const fields = readChildren(tbs.content);
  let version = 1;
  if (fields[0]?.tag === TAG.integer) {
    if (readSmallNumber(fields[0]) !== 1) throw new DerError('version is not v2');
    fields.shift();
    version = 2;
  }
  const [algorithm, issuer, thisUpdate] = fields.splice(0, 3);
  if (algorithm === undefined || issuer?.tag !== TAG.sequence || thisUpdate === undefined) {
    throw new DerError('fields are missing');
  }
  // RFC 5280 section 5.1.1.2.
  if (!equalBytes(algorithm.bytes, signatureAlgorithm.bytes)) {
    throw new DerError('the two signature algorithms differ');
  }
  const nextUpdate = isTime(fields[0]) ? fields.shift() : undefined;
  const revoked = fields[0]?.tag === TAG.sequence ? fields.shift() : undefined;
  const extensions = fields[0]?.tag === EXTENSIONS_TAG ? fields.shift() : undefined;
  if (fields.length > 0) throw new DerError('fields that do not belong there');
  if (version === 1 && extensions !== undefined) throw new DerError('extensions in a v1 list');
  return {
    number: extensions === undefined ? null : readCrlNumber(extensions),
    issuerDer: issuer.bytes,
    thisUpdateSeconds: decodeTime(thisUpdate),
    nextUpdateSeconds: nextUpdate === undefined ? null : decodeTime(nextUpdate),
    entries: revoked === undefined ? [] : readRevokedCertificates(revoked, version),
  };
}

function readRevokedCertificates(revoked: DerElement, version: number): RevokedCertificate[] {
  const serials = new Set<string>();
  return readChildren(revoked.content).map((element) => {
    if (element.tag !== TAG.sequence) throw new DerError('an entry is not a SEQUENCE');
    const [serial, revokedAt, extensions, ...rest] = readChildren(element.content);
    if (serial === undefined || revokedAt === undefined || rest.length > 0) {
      throw new DerError('an entry without serial number and date');
    }
    if (version === 1 && extensions !== undefined) throw new DerError('extensions in a v1 list');
    const serialHex = serialToHex(readUnsignedInteger(serial));
    // RFC 5280 section 4.1.2.2.
    if (serialHex.length > 40) throw new DerError('a serial number over 20 octets');
    if (serials.has(serialHex)) throw new DerError(`serial number ${serialHex} is listed twice`);
    serials.add(serialHex);
    const values =
      extensions === undefined
        ? new Map<string, Uint8Array>()
        : readExtensions(extensions, [REASON_CODE_OID, INVALIDITY_DATE_OID]);
    const reason = values.get(REASON_CODE_OID);
    const date = values.get(INVALIDITY_DATE_OID);
    return {
      serialHex,
      revokedAtSeconds: decodeTime(revokedAt),
      reason: reason === undefined ? 0 : readReason(reason),
      invalidityDateSeconds:
        date === undefined ? null : decodeTime(readOnly(date, TAG.generalizedTime)),
    };
  });
}

function readReason(valueDer: Uint8Array): number {
  const { content } = readOnly(valueDer, TAG.enumerated);
  const [reason] = content;
  if (content.length !== 1 || reason === undefined || !REASONS.has(reason)) {
    throw new DerError('unknown reason code');
  }
  return reason;
}

function readCrlNumber(extensions: DerElement): number | null {
  const list = readOnly(extensions.content, TAG.sequence);
  const values = readExtensions(list, [CRL_NUMBER_OID, AUTHORITY_KEY_IDENTIFIER_OID]);
  const value = values.get(CRL_NUMBER_OID);
  return value === undefined ? null : readSmallNumber(readOnly(value, TAG.integer));
}

/** The values of extensions by OID. @throws DerError for a critical one that is not in `understood` */
function readExtensions(list: DerElement, understood: readonly string[]): Map<string, Uint8Array> {
  if (list.tag !== TAG.sequence) throw new DerError('extensions are not a SEQUENCE');
  const values = new Map<string, Uint8Array>();
  for (const extension of readChildren(list.content)) {
    if (extension.tag !== TAG.sequence) throw new DerError('an extension is not a SEQUENCE');
    const parts = readChildren(extension.content);
    const id = parts.shift();
    if (id === undefined) throw new DerError('an empty extension');
    const oid = readObjectIdentifier(id);
    const critical = parts[0]?.tag === TAG.boolean ? parts.shift() : undefined;
    const [value, ...rest] = parts;
    if (value?.tag !== TAG.octetString || rest.length > 0) {
      throw new DerError(`the extension ${oid} has no value`);
    }
    if (critical !== undefined && critical.content[0] !== 0xff) {
      throw new DerError(`the extension ${oid} writes its default FALSE`);
    }
    if (critical !== undefined && !understood.includes(oid)) {
      throw new DerError(`the critical extension ${oid} is not supported`);
    }
    if (values.has(oid)) throw new DerError(`the extension ${oid} stands twice`);
    values.set(oid, value.content);
  }
  return values;
}

function readAlgorithmOid(algorithm: DerElement): string {
  const [oid] = algorithm.tag === TAG.sequence ? readChildren(algorithm.content) : [];
  if (oid === undefined) throw new DerError('not an AlgorithmIdentifier');
  return readObjectIdentifier(oid);
}

function readSmallNumber(element: DerElement): number {
  const number = Number.parseInt(readUnsignedInteger(element).toHex(), 16);
  if (!Number.isSafeInteger(number)) throw new DerError('the CRL number is 2^53 or more');
  return number;
}

function isTime(element: DerElement | undefined): boolean {
  return element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;
}
