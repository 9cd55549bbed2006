import { DerError, readChildren, readOnly, readUnsignedInteger, TAG } from '../../asn1/der.ts';
import { bytesToBigInt } from '../../bytes.ts';

/** The numbers of an RSAPrivateKey (RFC 8017 appendix A.1.2) that identify and validate it. */
export interface RsaPrivateNumbers {
  readonly modulus: bigint;
  readonly publicExponent: bigint;
  /** Whether modulus, primes and exponents match. */
  readonly isConsistent: boolean;
}

/**
 * Reads the numbers from a PKCS#8 PrivateKeyInfo. For keys that WebCrypto may refuse to import: short
 * ones, and those with an unusual public exponent.
 * @throws DerError
 */
export function readRsaPrivateNumbers(pkcs8Der: Uint8Array): RsaPrivateNumbers {
  const [, , octets] = readChildren(readOnly(pkcs8Der, TAG.sequence).content);
  if (octets?.tag !== TAG.octetString) throw new DerError('not a PrivateKeyInfo');
  const numbers = readChildren(readOnly(octets.content, TAG.sequence).content);
  const [, modulus, publicExponent, privateExponent, p, q] = numbers.map((element) =>
    bytesToBigInt(readUnsignedInteger(element)),
  );
  if (
    modulus === undefined ||
    publicExponent === undefined ||
    privateExponent === undefined ||
    p === undefined ||
    q === undefined
  ) {
    throw new DerError('not an RSAPrivateKey');
  }
  // RFC 8017 section 3.2: e * d is 1 modulo p - 1 and q - 1.
  const inverts = (prime: bigint) =>
    prime > 2n && (publicExponent * privateExponent) % (prime - 1n) === 1n;
  return {
    modulus,
    publicExponent,
    isConsistent: p * q === modulus && inverts(p) && inverts(q),
  };
}
