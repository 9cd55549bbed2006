import { createHash, type KeyObject, verify } from 'node:crypto';
import { elementAt, encodeElement, readElement, readElements } from './der.ts';
import type { ListIssuer } from './read-list.ts';

const SEQUENCE = 0x30;
const SHA1 = Buffer.from('300906052b0e03021a0500', 'hex');

/** Encodes an OCSPRequest (RFC 6960 section 4.1.1) for one certificate, with SHA-1 (RFC 5019). */
export function encodeOcspRequest(
  { subjectDer, publicKey }: ListIssuer,
  serialHex: string,
): Buffer {
  const certId = encodeElement(
    SEQUENCE,
    SHA1,
    encodeElement(0x04, hash(subjectDer)),
    encodeElement(0x04, hash(readKeyBits(publicKey))),
    encodeSerial(serialHex),
  );
  const requestList = encodeElement(SEQUENCE, encodeElement(SEQUENCE, certId));
  return encodeElement(SEQUENCE, encodeElement(SEQUENCE, requestList));
}

export interface OcspStatus {
  readonly serialHex: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Whether the issuer's own key made the signature. */
  readonly isSigned: boolean;
}

const STATUS_BY_TAG = new Map<number, OcspStatus['status']>([
  [0x80, 'good'],
  [0xa1, 'revoked'],
  [0x82, 'unknown'],
]);

/**
 * Parses the first status of a response that the issuer itself signed (RFC 6960 section 4.2.1).
 * @throws RangeError if the bytes are no such response, or it has no status
 */
export function readOcspResponse(responseDer: Buffer, { publicKey }: ListIssuer): OcspStatus {
  const [, responseBytes] = readElements(readElement(responseDer).content);
  if (responseBytes === undefined) throw new RangeError('The response has no responseBytes');
  const [, octets] = readElements(readElement(responseBytes.content).content);
  if (octets === undefined) throw new RangeError('The response has no content');
  const [tbs, , signature] = readElements(readElement(octets.content).content);
  if (tbs === undefined || signature === undefined)
    throw new RangeError('The response is not signed');
  const responses = readElements(tbs.content).find(({ tag }) => tag === SEQUENCE);
  const single = readElements(readElement(responses?.content ?? Buffer.alloc(0)).content);
  const certId = readElements(elementAt(single, 0).content);
  const status = STATUS_BY_TAG.get(elementAt(single, 1).tag);
  if (status === undefined) throw new RangeError('The status is not good, revoked or unknown');
  return {
    serialHex: elementAt(certId, 3).content.toString('hex').replace(/^0+/, ''),
    status,
    isSigned: verify('sha256', tbs.der, publicKey, signature.content.subarray(1)),
  };
}

function hash(bytes: Buffer): Buffer {
  return createHash('sha1').update(bytes).digest();
}

/** Returns the value of subjectPublicKey without the count of unused bits. */
function readKeyBits(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return elementAt(readElements(readElement(spki).content), 1).content.subarray(1);
}

function encodeSerial(serialHex: string): Buffer {
  const even = serialHex.padStart(serialHex.length + (serialHex.length % 2), '0');
  const bytes = Buffer.from(even, 'hex');
  const sign = bytes.readUInt8() >= 0x80 ? Buffer.alloc(1) : Buffer.alloc(0);
  return encodeElement(0x02, sign, bytes);
}
