import type { NamedCurve } from '../x509/keys/algorithms.ts';

/** p and b of y² = x³ - 3x + b (SP 800-186 section 3.2.1). */
const CURVE_EQUATIONS: Readonly<Record<NamedCurve, { readonly p: bigint; readonly b: bigint }>> = {
  'P-256': {
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  'P-521': {
    p: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
};

/**
 * Returns whether (x, y) is a point of the curve, with both coordinates below p. The order of these
 * curves is prime, so no point has a small order.
 */
export function isOnCurve(namedCurve: NamedCurve, x: bigint, y: bigint): boolean {
  const { p, b } = CURVE_EQUATIONS[namedCurve];
  return x < p && y < p && (y * y - (x * x - 3n) * x - b) % p === 0n;
}

/** The field of Ed25519 (RFC 8032 section 5.1). */
export const P25519 = 2n ** 255n - 19n;
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;

const Y_OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y of all points of order 1 (y = 1), 2 (y = -1), 4 (y = 0) and 8. */
const SMALL_ORDER_Y: readonly bigint[] = [0n, 1n, P25519 - 1n, Y_OF_ORDER_8, P25519 - Y_OF_ORDER_8];

/**
 * Returns whether the points with this y have an order of at most 8. No key may be such a point.
 */
export function isSmallOrderEd25519(y: bigint): boolean {
  return SMALL_ORDER_Y.includes(y);
}

/**
 * Returns whether -x² + y² = 1 + d x² y² has a solution x for this y, that is, whether
 * (y² - 1) / (d y² + 1) is a square.
 */
export function isOnEd25519(y: bigint): boolean {
  const y2 = (y * y) % P25519;
  // a / b is a square if and only if a · b is one. The divisor is never 0: -1 / d is not a square.
  return jacobi(((y2 - 1n) * (D * y2 + 1n)) % P25519, P25519) !== -1;
}

/** Returns the Jacobi symbol (value / modulus). The modulus is odd and positive. */
function jacobi(value: bigint, modulus: bigint): -1 | 0 | 1 {
  let a = ((value % modulus) + modulus) % modulus;
  let n = modulus;
  let sign: -1 | 1 = 1;
  while (a !== 0n) {
    let twos = 0;
    for (; (a & 1n) === 0n; a >>= 1n) twos++;
    if (twos % 2 === 1) {
      const n8 = n & 7n;
      if (n8 === 3n || n8 === 5n) sign = sign === 1 ? -1 : 1;
    }
    if ((a & 3n) === 3n && (n & 3n) === 3n) sign = sign === 1 ? -1 : 1;
    [a, n] = [n % a, a];
  }
  return n === 1n ? sign : 0;
}
