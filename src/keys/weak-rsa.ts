/**
 * Tests for weak RSA moduli. They cost a few BigInt operations each, because anyone may send a CSR.
 */

/** Returns the smallest prime factor of an odd modulus if it is at most 65537, as badkeys does, or null. */
export function findSmallFactor(modulus: bigint): number | null {
  primeGroups ??= groupPrimes(listOddPrimes(MAX_SMALL_PRIME));
  for (const { product, primes } of primeGroups) {
    const rest = Number(modulus % product);
    // The rest has 48 bits, so a quotient that is not an integer is not rounded to one.
    const factor = primes.find((prime) => Number.isInteger(rest / prime));
    if (factor !== undefined) return factor;
  }
  return null;
}

const MAX_SMALL_PRIME = 65537;
/** Made when the first RSA key is checked, so that the Worker starts without them. */
let primeGroups: readonly PrimeGroup[] | null = null;

/** Primes whose product has at most 48 bits: one BigInt division serves them all. */
interface PrimeGroup {
  readonly product: bigint;
  readonly primes: readonly number[];
}

const MAX_ROCA_PRIME = 167;
/** For each prime of the ROCA fingerprint, whether a remainder is a power of 65537. */
const ROCA_POWERS = listOddPrimes(MAX_ROCA_PRIME).map((prime) => listPowers(65537 % prime, prime));

/**
 * Returns whether a modulus has the fingerprint of Infineon's RSALib (ROCA, CVE-2017-15361). The
 * primes of that library are powers of 65537 modulo a primorial, so the modulus is a power of 65537
 * modulo each small prime. A strong key has this fingerprint with a probability of 2^-27.8.
 */
export function hasRocaFingerprint(modulus: bigint): boolean {
  return ROCA_POWERS.every(({ prime, powers }) => powers.has(Number(modulus % prime)));
}

const REPEATED_BYTES = 16;

/** Returns whether a modulus has 16 equal bytes in a row, which no random primes give. */
export function hasRepeatedBytes(modulus: Uint8Array): boolean {
  let run = 0;
  for (const [i, byte] of modulus.entries()) {
    run = byte === modulus[i - 1] ? run + 1 : 1;
    if (run === REPEATED_BYTES) return true;
  }
  return false;
}

/**
 * Returns whether less than 41 % or more than 60 % of a modulus' bits are set. The primes were chosen
 * sparse, or from a broken random generator, and the modulus can be factored as a polynomial. For 2048
 * random bits, the limits are eight and nine standard deviations away.
 */
export function hasBiasedBits(modulus: Uint8Array): boolean {
  let ones = 0;
  for (const byte of modulus) ones += BITS_SET[byte] ?? 0;
  const share = ones / (8 * modulus.length);
  return share < 0.41 || share > 0.6;
}

const BITS_SET = Array.from(
  { length: 256 },
  (_, byte) => [...byte.toString(2)].filter((digit) => digit === '1').length,
);

/** Boulder's number. */
const FERMAT_ROUNDS = 110;
/** Few numbers are squares modulo each of these: 1 in 119 candidates is left for the exact test. */
const SQUARE_FILTERS = [64, 63, 65, 11].map((modulus) => ({
  modulus,
  isSquare: Array.from({ length: modulus }, (_, r) =>
    Array.from({ length: modulus }, (_, x) => (x * x) % modulus).includes(r),
  ),
}));
const FILTER_MODULUS = 64 * 63 * 65 * 11;

/**
 * Returns whether 110 rounds of Fermat's method factor an odd `modulus`: its primes are too close.
 */
export function hasClosePrimes(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a < modulus) a++;
  const difference = a * a - modulus;
  const filterModulus = BigInt(FILTER_MODULUS);
  let aRest = Number(a % filterModulus);
  let differenceRest = Number(difference % filterModulus);
  for (let round = 0; round < FERMAT_ROUNDS; round++) {
    if (SQUARE_FILTERS.every((f) => f.isSquare[differenceRest % f.modulus])) {
      const start = BigInt(round);
      // Compute the large number only if the small ones pass the filters.
      const now = difference + start * (2n * a + start);
      if (isSquare(now)) return true;
    }
    differenceRest = (differenceRest + 2 * aRest + 1) % FILTER_MODULUS;
    aRest = (aRest + 1) % FILTER_MODULUS;
  }
  return false;
}

function isSquare(value: bigint): boolean {
  const root = squareRoot(value);
  return root * root === value;
}

/** Returns the integer part of the square root, by Newton's method from above. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  const shift = BigInt(Math.max(bitLength(value) - 52, 0) & ~1);
  // The leading 52 bits give a root that is right in about 26 bits; each step doubles them.
  let root = BigInt(Math.ceil(Math.sqrt(Number(value >> shift))) + 1) << (shift / 2n);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function bitLength(value: bigint): number {
  return value.toString(16).length * 4;
}

/** Returns the odd primes up to `limit`, by the sieve of Eratosthenes. */
function listOddPrimes(limit: number): number[] {
  const isComposite = new Uint8Array(limit + 1);
  const primes: number[] = [];
  for (let candidate = 3; candidate <= limit; candidate += 2) {
    if (isComposite[candidate] === 1) continue;
    primes.push(candidate);
    for (let multiple = candidate ** 2; multiple <= limit; multiple += 2 * candidate) {
      isComposite[multiple] = 1;
    }
  }
  return primes;
}

function groupPrimes(primes: readonly number[]): PrimeGroup[] {
  const groups: { product: number; primes: number[] }[] = [];
  for (const prime of primes) {
    const last = groups.at(-1);
    if (last !== undefined && last.product * prime < 2 ** 48) {
      last.product *= prime;
      last.primes.push(prime);
    } else {
      groups.push({ product: prime, primes: [prime] });
    }
  }
  return groups.map((group) => ({ product: BigInt(group.product), primes: group.primes }));
}

function listPowers(base: number, prime: number): { prime: bigint; powers: ReadonlySet<number> } {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * base) % prime) powers.add(power);
  return { prime: BigInt(prime), powers };
}
