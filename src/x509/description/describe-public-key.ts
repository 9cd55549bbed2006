import {
  type DerElement,
  DerError,
  readBitStringBytes,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { bytesToBigInt, sha256Hex } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import { CURVES, KEY_NAMES } from '../keys/algorithms.ts';
import { type PublicKey, parsePublicKey, publicKeyId } from '../keys/public-key.ts';
import type { PublicKeyDescription } from './description.ts';

const ED25519_BITS = 256;

/** Describes a SubjectPublicKeyInfo, also of an algorithm that is not supported here. @throws DerError */
export async function describePublicKey(spkiDer: Uint8Array): Promise<PublicKeyDescription> {
  const { oid, parameters, keyBytes } = readParts(spkiDer);
  const key = parseSupported(spkiDer);
  const isRsa = key?.kind === 'rsa';
  return {
    oid,
    algorithm: KEY_NAMES[oid]?.name ?? null,
    bits: key === null ? null : countBits(key),
    curve: readCurve(parameters),
    modulus: isRsa ? key.modulus.toHex() : null,
    exponent: isRsa ? bytesToBigInt(key.publicExponent).toString() : null,
    key: isRsa ? null : keyBytes.toHex(),
    id: key === null ? null : await publicKeyId(key),
    sha256: await sha256Hex(spkiDer),
  };
}

interface Parts {
  readonly oid: string;
  readonly parameters: DerElement | undefined;
  readonly keyBytes: Uint8Array;
}

function readParts(spkiDer: Uint8Array): Parts {
  const [algorithm, key] = readChildren(readOnly(spkiDer, TAG.sequence).content);
  const [oid, parameters] = algorithm === undefined ? [] : readChildren(algorithm.content);
  if (oid === undefined || key === undefined) throw new DerError('not a SubjectPublicKeyInfo');
  return { oid: readObjectIdentifier(oid), parameters, keyBytes: readBitStringBytes(key) };
}

function parseSupported(spkiDer: Uint8Array): PublicKey | null {
  try {
    return parsePublicKey(spkiDer);
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
}

function countBits(key: PublicKey): number {
  switch (key.kind) {
    case 'rsa':
      return bytesToBigInt(key.modulus).toString(2).length;
    case 'ec':
      return CURVES.find(({ namedCurve }) => namedCurve === key.namedCurve)?.bits ?? 0;
    case 'ed25519':
      return ED25519_BITS;
  }
}

/** A named curve is an OID in the parameters, as no other algorithm here has one. */
function readCurve(parameters: DerElement | undefined): string | null {
  if (parameters?.tag !== TAG.objectIdentifier) return null;
  const oid = readObjectIdentifier(parameters);
  return CURVES.find((curve) => curve.oid === oid)?.namedCurve ?? oid;
}
