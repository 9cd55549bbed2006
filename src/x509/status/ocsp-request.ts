import {
  type DerElement,
  DerError,
  encodeElement,
  encodeSequence,
  readChildren,
  readElement,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { encodeSerialHex, readSerialHex } from '../certificate/serial-number.ts';

/** The OCSP request cannot be answered. The message says why. */
export class OcspRequestError extends Error {
  override readonly name = 'OcspRequestError';
}

/** The hashes of CertIDs. Clients of RFC 5019 send SHA-1. */
export type CertIdHash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** CertID, RFC 6960 section 4.1.1. */
export interface CertId {
  /** The response repeats it byte for byte. */
  readonly certIdDer: Uint8Array;
  /** Null for an unknown algorithm. */
  readonly hash: CertIdHash | null;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** As in Certificate. */
  readonly serialHex: string;
}

export interface OcspRequest {
  /** One at least. */
  readonly certIds: readonly CertId[];
  /** The extnValue of the nonce, which the response repeats; null without one. */
  readonly nonceDer: Uint8Array | null;
}

/** Signet's own limit: clients ask for one chain at most. */
const MAX_CERT_IDS = 20;
/** RFC 9654 section 2.1. */
const MAX_NONCE_BYTES = 128;
/** RFC 5280 allows 20, but clients may ask for certificates of other CAs. */
const MAX_SERIAL_BYTES = 64;

const CONTEXT_0 = 0xa0;
const CONTEXT_1 = 0xa1;
const CONTEXT_2 = 0xa2;

export const OCSP_OID = {
  basic: '1.3.6.1.5.5.7.48.1.1',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  response: '1.3.6.1.5.5.7.48.1.4',
  noCheck: '1.3.6.1.5.5.7.48.1.5',
  archiveCutoff: '1.3.6.1.5.5.7.48.1.6',
} as const;

/** Contents of the OBJECT IDENTIFIERs in hex. */
const HASH_BY_OID: ReadonlyMap<string, CertIdHash> = new Map([
  ['2b0e03021a', 'SHA-1'],
  ['608648016503040201', 'SHA-256'],
  ['608648016503040202', 'SHA-384'],
  ['608648016503040203', 'SHA-512'],
]);

/**
 * Parses an OCSPRequest (RFC 6960 section 4.1.1). Its signature, if any, is not verified.
 * @throws OcspRequestError, and nothing else: for broken DER, for more than 20 CertIDs, for an unknown
 *   critical extension (section 4.1.2), and for a nonce that is not 1 to 128 octets long (RFC 9654
 *   section 2.1)
 */
export function parseOcspRequest(requestDer: Uint8Array): OcspRequest {
  try {
    return readRequest(requestDer);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new OcspRequestError(error.message, { cause: error });
  }
}

function readRequest(requestDer: Uint8Array): OcspRequest {
  const { content } = readOnly(requestDer, TAG.sequence);
  const tbs = readElement(content);
  if (tbs.tag !== TAG.sequence) throw new DerError('the tbsRequest is not a SEQUENCE');
  if (tbs.bytes.length !== content.length) {
    readOnly(content.subarray(tbs.bytes.length), CONTEXT_0);
  }
  const fields = readChildren(tbs.content);
  let next = 0;
  if (fields[next]?.tag === CONTEXT_0) checkVersion(fields[next++]);
  if (fields[next]?.tag === CONTEXT_1) next++;
  const list = fields[next++];
  if (list?.tag !== TAG.sequence) throw new DerError('there is no requestList');
  const extensions = fields[next]?.tag === CONTEXT_2 ? fields[next++] : undefined;
  if (next !== fields.length) throw new DerError('there are unknown fields');
  return {
    certIds: readRequestList(list),
    nonceDer: extensions === undefined ? null : readRequestExtensions(extensions),
  };
}

function checkVersion(version: DerElement | undefined): void {
  const number = version && readOnly(version.content, TAG.integer).content;
  if (number?.length !== 1 || number[0] !== 0) throw new DerError('the version is not v1');
}

function readRequestList({ content }: DerElement): CertId[] {
  const certIds: CertId[] = [];
  for (let offset = 0; offset < content.length; ) {
    if (certIds.length === MAX_CERT_IDS) throw new DerError(`more than ${MAX_CERT_IDS} CertIDs`);
    const request = readElement(content, offset);
    if (request.tag !== TAG.sequence) throw new DerError('a Request is not a SEQUENCE');
    offset += request.bytes.length;
    const certId = readElement(request.content);
    certIds.push(readCertId(certId));
    if (certId.bytes.length === request.content.length) continue;
    const wrapped = readOnly(request.content.subarray(certId.bytes.length), CONTEXT_0);
    for (const { oid, critical } of readExtensionList(wrapped)) {
      if (critical) throw new DerError(`the critical extension ${oid} is not understood`);
    }
  }
  if (certIds.length === 0) throw new DerError('no CertID');
  return certIds;
}

function readCertId({ tag, bytes, content }: DerElement): CertId {
  if (tag !== TAG.sequence) throw new DerError('a CertID is not a SEQUENCE');
  const [algorithm, nameHash, keyHash, serial, ...rest] = readChildren(content);
  if (
    algorithm?.tag !== TAG.sequence ||
    nameHash?.tag !== TAG.octetString ||
    keyHash?.tag !== TAG.octetString ||
    serial?.tag !== TAG.integer ||
    rest.length > 0
  ) {
    throw new DerError('a CertID does not have its four fields');
  }
  return {
    certIdDer: bytes,
    hash: readHash(algorithm),
    issuerNameHash: nameHash.content,
    issuerKeyHash: keyHash.content,
    serialHex: readSerial(serial),
  };
}

/** Parameters may be NULL or absent (RFC 4055 section 2.1, RFC 3279 section 2.1). */
function readHash({ content }: DerElement): CertIdHash | null {
  const oid = readElement(content);
  if (oid.tag !== TAG.objectIdentifier) throw new DerError('a hash algorithm without its name');
  const parameters = content.subarray(oid.bytes.length);
  if (parameters.length > 0) {
    const { tag, content: value } = readElement(parameters);
    if (parameters.length !== 2 || tag !== TAG.null || value.length !== 0) return null;
  }
  return HASH_BY_OID.get(oid.content.toHex()) ?? null;
}

function readSerial({ content }: DerElement): string {
  if (content.length > MAX_SERIAL_BYTES) throw new DerError('a serial number is too long');
  return readSerialHex(content);
}

interface ListedExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly valueDer: Uint8Array;
}

/** Reads the extensions inside their explicit tag. */
function readExtensionList({ content }: DerElement): ListedExtension[] {
  return readChildren(readOnly(content, TAG.sequence).content).map((extension) => {
    const [id, ...rest] = extension.tag === TAG.sequence ? readChildren(extension.content) : [];
    const critical = rest[0]?.tag === TAG.boolean ? rest.shift() : undefined;
    const [value, ...more] = rest;
    if (id === undefined || value?.tag !== TAG.octetString || more.length > 0) {
      throw new DerError('an extension is not SEQUENCE { extnID, critical, extnValue }');
    }
    return {
      oid: readObjectIdentifier(id),
      critical: critical !== undefined && critical.content[0] !== 0,
      valueDer: value.content,
    };
  });
}

/** Returns the nonce, or null. */
function readRequestExtensions(wrapped: DerElement): Uint8Array | null {
  let nonceDer: Uint8Array | null = null;
  for (const { oid, critical, valueDer } of readExtensionList(wrapped)) {
    if (oid === OCSP_OID.nonce) {
      if (nonceDer !== null) throw new DerError('two nonces');
      checkNonce(valueDer);
      nonceDer = valueDer;
    } else if (critical && oid !== OCSP_OID.response) {
      // Acceptable responses: clients must accept the one type that exists (section 4.4.3).
      throw new DerError(`the critical extension ${oid} is not understood`);
    }
  }
  return nonceDer;
}

function checkNonce(nonceDer: Uint8Array): void {
  const { length } = readOnly(nonceDer, TAG.octetString).content;
  if (length < 1 || length > MAX_NONCE_BYTES) {
    throw new DerError(`the nonce is not 1 to ${MAX_NONCE_BYTES} octets long`);
  }
}

const NULL_DER = Uint8Array.of(TAG.null, 0);
const NO_PARAMETERS = new Uint8Array();

/** Writes both encodings of a CertID: the hash with NULL parameters, and without parameters. */
export function encodeCertIds(
  hash: CertIdHash,
  issuerNameHash: Uint8Array,
  issuerKeyHash: Uint8Array,
  serialHex: string,
): Uint8Array[] {
  const [oidHex = ''] = [...HASH_BY_OID].find(([, known]) => known === hash) ?? [];
  const oidDer = encodeElement(TAG.objectIdentifier, Uint8Array.fromHex(oidHex));
  const serial = encodeElement(TAG.integer, encodeSerialHex(serialHex));
  return [NULL_DER, NO_PARAMETERS].map((parameters) =>
    encodeSequence(
      encodeSequence(oidDer, parameters),
      encodeElement(TAG.octetString, issuerNameHash),
      encodeElement(TAG.octetString, issuerKeyHash),
      serial,
    ),
  );
}
