import { SignetError } from '../../errors.ts';

export interface RsaNumbers {
  readonly modulus: bigint;
  readonly publicExponent: bigint;
}

/**
 * Checks that the numbers of an RSAPrivateKey belong together (RFC 8017 section 3.2), and returns the
 * public ones. WebCrypto refuses some sound keys, such as short ones, so it cannot be asked.
 * @param numbers n, e, d, p, q, dP, dQ, qInv
 * @throws SignetError malformed-key that names the number
 */
export function readRsaPrivateKey(numbers: readonly bigint[]): RsaNumbers {
  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP = 0n, dQ = 0n, qInv = 0n] = numbers;
  if (p <= 2n || q <= 2n || p * q !== n) throw damaged('its modulus is not p · q');
  const inverts = (exponent: bigint, prime: bigint) => (e * exponent) % (prime - 1n) === 1n;
  if (d >= n || !inverts(d, p) || !inverts(d, q)) throw damaged('d does not belong to e');
  if (dP >= p || !inverts(dP, p)) throw damaged('dP does not belong to d and p');
  if (dQ >= q || !inverts(dQ, q)) throw damaged('dQ does not belong to d and q');
  if (qInv >= p || (q * qInv) % p !== 1n) throw damaged('qInv does not belong to p and q');
  return { modulus: n, publicExponent: e };
}

function damaged(reason: string): SignetError {
  return new SignetError(
    'malformed-key',
    `The private key is damaged: its numbers are inconsistent (${reason}). Export it again.`,
    { field: 'privateKey' },
  );
}
