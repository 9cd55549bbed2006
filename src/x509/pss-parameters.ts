import { SignetError } from '../errors.ts';
import { HASHES, type Hash, MGF1_OID } from './algorithms.ts';
import {
  type DerElement,
  DerError,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from './der.ts';

/** RSASSA-PSS-params (RFC 4055 section 3.1) as far as they are accepted here: one hash for message and mask. */
export interface PssParameters {
  readonly hash: Hash;
  readonly saltLength: number;
}

/** Longer than any salt that fits an RSA-8192 signature. */
const MAX_SALT_LENGTH = 1024;

/**
 * @param der RSASSA-PSS-params
 * @throws SignetError unsupported-algorithm for SHA-1 (also where it is the default), mixed hashes or another mask
 */
export function parsePssParameters(der: Uint8Array): PssParameters {
  const fields = new Map<number, DerElement>();
  for (const field of readChildren(readOnly(der, TAG.sequence).content)) {
    const [inner, ...rest] = readChildren(field.content);
    if (inner === undefined || rest.length > 0 || fields.has(field.tag)) {
      throw new DerError('not RSASSA-PSS-params');
    }
    fields.set(field.tag, inner);
  }
  const hash = readHash(fields.get(0xa0));
  const maskAlgorithm = fields.get(0xa1);
  const [maskOid, maskHash] =
    maskAlgorithm === undefined ? [] : readChildren(maskAlgorithm.content);
  if (
    maskOid === undefined ||
    readObjectIdentifier(maskOid) !== MGF1_OID ||
    readHash(maskHash) !== hash
  ) {
    throw refusal('the mask must be MGF1 with the hash of the message');
  }
  const saltElement = fields.get(0xa2);
  const saltLength = saltElement === undefined ? 20 : readSmallInteger(saltElement);
  const trailer = fields.get(0xa3);
  if (trailer !== undefined && readSmallInteger(trailer) !== 1)
    throw refusal('the trailer field must be 1');
  return { hash, saltLength };
}

function readHash(algorithm: DerElement | undefined): Hash {
  const oidElement = algorithm === undefined ? undefined : readChildren(algorithm.content)[0];
  // Absent means SHA-1, the default of RFC 4055.
  const oid = oidElement === undefined ? null : readObjectIdentifier(oidElement);
  const found = HASHES.find((known) => known.oid === oid);
  if (found === undefined) throw refusal('the hash must be SHA-256, SHA-384 or SHA-512');
  return found.hash;
}

function readSmallInteger(element: DerElement): number {
  const bytes = readUnsignedInteger(element);
  const value = bytes.length > 2 ? Number.POSITIVE_INFINITY : Number.parseInt(bytes.toHex(), 16);
  if (value > MAX_SALT_LENGTH) throw refusal('the salt is too long');
  return value;
}

function refusal(reason: string): SignetError {
  return new SignetError('unsupported-algorithm', `RSASSA-PSS parameters are refused: ${reason}.`, {
    field: 'signatureAlgorithm',
  });
}
