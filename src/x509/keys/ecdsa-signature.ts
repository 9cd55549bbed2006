import {
  DerError,
  encodeSequence,
  encodeUnsignedInteger,
  readChildren,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../asn1/der.ts';

/** Writes WebCrypto's r||s as Ecdsa-Sig-Value (RFC 3279 section 2.2.3), the form of X.509. */
export function encodeEcdsaSignature(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = raw.length / 2;
  return encodeSequence(
    encodeUnsignedInteger(raw.subarray(0, half)),
    encodeUnsignedInteger(raw.subarray(half)),
  );
}

/** Reads an Ecdsa-Sig-Value as r||s, each of `coordinateBytes`. @throws DerError */
export function decodeEcdsaSignature(
  der: Uint8Array,
  coordinateBytes: number,
): Uint8Array<ArrayBuffer> {
  const [r, s, ...rest] = readChildren(readOnly(der, TAG.sequence).content);
  if (r === undefined || s === undefined || rest.length > 0) {
    throw new DerError('not an Ecdsa-Sig-Value');
  }
  const raw = new Uint8Array(2 * coordinateBytes);
  for (const [element, end] of [
    [r, coordinateBytes],
    [s, 2 * coordinateBytes],
  ] as const) {
    const magnitude = readUnsignedInteger(element);
    if (magnitude.length > coordinateBytes) throw new DerError('r or s longer than the curve');
    raw.set(magnitude, end - magnitude.length);
  }
  return raw;
}
