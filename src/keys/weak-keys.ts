import { bytesToBigInt } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { CURVES, type NamedCurve } from '../x509/keys/algorithms.ts';
import { isOnCurve, isOnEd25519, isSmallOrderEd25519, P25519 } from './curve-equations.ts';
import {
  findSmallFactor,
  hasBiasedBits,
  hasClosePrimes,
  hasRepeatedBytes,
  hasRocaFingerprint,
} from './weak-rsa.ts';

const MIN_MODULUS_BITS = 2048;
const MAX_MODULUS_BITS = 8192;
/** FIPS 186-5 appendix A.1.1: 2^16 < e. */
const MIN_PUBLIC_EXPONENT = 65537n;
/** WebCrypto does not import keys with larger exponents. */
const MAX_PUBLIC_EXPONENT = 0xffffffffn;

/**
 * Refuses RSA keys that are too short or too long, malformed, or factorable by a known attack.
 * @param modulus big-endian, leading zeros allowed
 * @param publicExponent big-endian
 * @throws SignetError weak-key
 */
export function checkRsaKey(modulus: Uint8Array, publicExponent: Uint8Array): void {
  const bits = countBits(modulus);
  if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS) {
    throw weakKey(
      `the RSA modulus has ${bits} bits: make a key of ${MIN_MODULUS_BITS} to ${MAX_MODULUS_BITS} bits`,
    );
  }
  if (bits % 8 !== 0) {
    throw weakKey(`the RSA modulus has ${bits} bits, not a multiple of 8: make a new key`);
  }
  checkPublicExponent(publicExponent);
  if (((modulus.at(-1) ?? 0) & 1) === 0) throw weakKey('the RSA modulus is even: make a new key');
  const n = bytesToBigInt(modulus);
  const factor = findSmallFactor(n);
  if (factor !== null) throw weakKey(`the RSA modulus is divisible by ${factor}: make a new key`);
  if (hasRocaFingerprint(n)) {
    throw weakKey(
      'the RSA key has the ROCA fingerprint (CVE-2017-15361) and can be factored: make a new key with other software or a newer device',
    );
  }
  if (hasClosePrimes(n)) {
    throw weakKey('the primes of the RSA modulus are too close together: make a new key');
  }
  const digits = modulus.subarray(-bits / 8);
  if (hasRepeatedBytes(digits) || hasBiasedBits(digits)) {
    throw weakKey('the RSA modulus has a pattern that random primes do not give: make a new key');
  }
}

function checkPublicExponent(publicExponent: Uint8Array): void {
  const exponent = countBits(publicExponent) > 32 ? null : bytesToBigInt(publicExponent);
  if (exponent === null || exponent > MAX_PUBLIC_EXPONENT) {
    throw weakKey('the RSA public exponent has more than 32 bits: make a key with exponent 65537');
  }
  if (exponent < MIN_PUBLIC_EXPONENT || exponent % 2n === 0n) {
    throw weakKey(
      `the RSA public exponent is ${exponent}, but must be odd and at least 65537: make a key with exponent 65537`,
    );
  }
}

/**
 * Refuses EC public keys that are not points of their curve.
 * @param point in the form of SEC 1 section 2.3.3. Only the uncompressed form is accepted: it is
 *   the one that all implementations must support (RFC 5480 section 2.2)
 * @throws SignetError weak-key
 */
export function checkEcPoint(namedCurve: NamedCurve, point: Uint8Array): void {
  const coordinateBytes =
    CURVES.find((known) => known.namedCurve === namedCurve)?.coordinateBytes ?? 0;
  const [form] = point;
  if (form === 0x00) throw weakKey('the EC point is the point at infinity: make a new key');
  if (form === 0x02 || form === 0x03) {
    throw weakKey(
      'the EC point is compressed: write it uncompressed (in openssl, "-conv_form uncompressed")',
    );
  }
  if (form !== 0x04 || point.length !== 1 + 2 * coordinateBytes) {
    throw weakKey(`the EC point is not an uncompressed point of ${namedCurve}: make a new key`);
  }
  const x = bytesToBigInt(point.subarray(1, 1 + coordinateBytes));
  const y = bytesToBigInt(point.subarray(1 + coordinateBytes));
  if (!isOnCurve(namedCurve, x, y)) {
    throw weakKey(`the EC point is not on the curve ${namedCurve}: make a new key`);
  }
}

/**
 * Refuses Ed25519 public keys that are not the canonical encoding of a point (RFC 8032 section
 * 5.1.3), and points of small order, for which anyone can forge signatures.
 * @throws SignetError weak-key
 */
export function checkEd25519Key(publicKey: Uint8Array): void {
  if (publicKey.length !== 32) {
    throw weakKey(`the Ed25519 key has ${publicKey.length} bytes instead of 32: make a new key`);
  }
  const bigEndian = publicKey.toReversed();
  const y = bytesToBigInt(bigEndian) & ((1n << 255n) - 1n);
  if (y >= P25519) throw weakKey('the Ed25519 key is not in canonical form: make a new key');
  if (isSmallOrderEd25519(y)) {
    throw weakKey('the Ed25519 key is a point of small order: make a new key');
  }
  if (!isOnEd25519(y)) throw weakKey('the Ed25519 key is not on the curve: make a new key');
}

function countBits(bytes: Uint8Array): number {
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start < 0) return 0;
  return (bytes.length - start) * 8 - (Math.clz32(bytes[start] ?? 0) - 24);
}

function weakKey(reason: string): SignetError {
  return new SignetError('weak-key', `The public key is refused: ${reason}.`, {
    field: 'subjectPublicKeyInfo',
  });
}
