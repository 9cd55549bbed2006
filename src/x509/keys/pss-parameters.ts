import {
  type DerElement,
  DerError,
  readChildren,
  readObjectIdentifier,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';
import { SignetError } from '../../errors.ts';
import { HASHES, type Hash, MGF1_OID } from './algorithms.ts';

/** Accepted RSASSA-PSS-params (RFC 4055 section 3.1): one hash for message and mask. */
export interface PssParameters {
  readonly hash: Hash;
  readonly saltLength: number;
}

/** No salt of this length fits an RSA-8192 signature. */
const MAX_SALT_LENGTH = 1024;

const HASH_REASON = 'the hash must be SHA-256, SHA-384 or SHA-512';
const FIELD_TAGS: readonly number[] = [0xa0, 0xa1, 0xa2, 0xa3];

/**
 * Parses RSASSA-PSS-params.
 * @throws SignetError unsupported-algorithm for SHA-1 (also as the default), for two different hashes
 *   and for another mask; DerError
 */
export function parsePssParameters(der: Uint8Array): PssParameters {
  const fields = readFields(readOnly(der, TAG.sequence).content);
  const hash = readHash(fields.get(0xa0));
  const maskAlgorithm = fields.get(0xa1);
  const [maskOid, maskHash, ...rest] =
    maskAlgorithm?.tag === TAG.sequence ? readChildren(maskAlgorithm.content) : [];
  if (
    maskOid === undefined ||
    rest.length > 0 ||
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

/** Reads the fields. Their order counts, because those of an RSASSA-PSS key are certified unchanged. */
function readFields(content: Uint8Array): ReadonlyMap<number, DerElement> {
  const fields = new Map<number, DerElement>();
  let previous = -1;
  for (const { tag, content: wrapped } of readChildren(content)) {
    const position = FIELD_TAGS.indexOf(tag);
    const [inner, ...rest] = position > previous ? readChildren(wrapped) : [];
    if (inner === undefined || rest.length > 0) throw new DerError('not RSASSA-PSS-params');
    fields.set(tag, inner);
    previous = position;
  }
  return fields;
}

function readHash(algorithm: DerElement | undefined): Hash {
  // The default of RFC 4055 is SHA-1.
  if (algorithm === undefined) throw refusal(HASH_REASON);
  const [oidElement, parameters, ...rest] =
    algorithm.tag === TAG.sequence ? readChildren(algorithm.content) : [];
  // RFC 4055 section 2.1: the parameters are NULL, but absent ones are accepted too.
  const isKnownForm = parameters === undefined || parameters.tag === TAG.null;
  if (oidElement === undefined || !isKnownForm || rest.length > 0) {
    throw new DerError('not an AlgorithmIdentifier of a hash');
  }
  const oid = readObjectIdentifier(oidElement);
  const found = HASHES.find((known) => known.oid === oid);
  if (found === undefined) throw refusal(HASH_REASON);
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
