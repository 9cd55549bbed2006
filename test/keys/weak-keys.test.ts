import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToBigInt } from '../../src/bytes.ts';
import { checkEcPoint, checkEd25519Key, checkRsaKey } from '../../src/keys/weak-keys.ts';
import { findSmallFactor, hasBiasedBits } from '../../src/keys/weak-rsa.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import type { NamedCurve } from '../../src/x509/keys/algorithms.ts';
import { csrPem } from '../fixtures.ts';
import { allowOnly, refusalMessage } from '../x509/refusal.ts';

const E = Uint8Array.of(1, 0, 1);
const refusedRsa = (modulus: Uint8Array, exponent: Uint8Array = E) =>
  refusalMessage('weak-key', () => checkRsaKey(modulus, exponent));

function toBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

/** Raises a modulus a little until it has no small factor, so that other rules do not refuse it first. */
function dropSmallFactors(modulus: Uint8Array): Uint8Array {
  let n = bytesToBigInt(modulus) | 1n;
  while (findSmallFactor(n) !== null) n += 2n;
  return toBytes(n);
}

function rsaKeyOf(csr: string) {
  const key = parseCsr(decodeCsr(csrPem(csr))).publicKey;
  if (key.kind !== 'rsa') throw new Error('not an RSA key');
  return key;
}

describe('checkRsaKey', () => {
  it.each(['rsa-2048-sha256', 'rsa-3072', 'rsa-4096', 'rsa-8192', 'rsa-pss-2048'])(
    'accepts the key of OpenSSL in %s',
    (csr) => {
      const { modulus, publicExponent } = rsaKeyOf(csr);
      expect(() => checkRsaKey(modulus, publicExponent)).not.toThrow();
      expect(() => checkRsaKey(Uint8Array.of(0, ...modulus), publicExponent)).not.toThrow();
    },
  );

  it('accepts keys that the platform generates', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, hash: 'SHA-256' };
    const pair = await crypto.subtle.generateKey({ ...algorithm, publicExponent: E }, true, [
      'sign',
      'verify',
    ]);
    if (!('publicKey' in pair)) throw new Error('not a key pair');
    const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const n = 'n' in jwk ? (jwk.n ?? '') : '';
    expect(() => checkRsaKey(Uint8Array.fromBase64(n, { alphabet: 'base64url' }), E)).not.toThrow();
  });

  const { modulus } = rsaKeyOf('rsa-2048-sha256');

  it('refuses other sizes and names them', () => {
    const { modulus: short, publicExponent } = rsaKeyOf('rejected-rsa-1024');
    expect(refusedRsa(short, publicExponent)).toContain('has 1024 bits');
    expect(refusedRsa(modulus.with(0, 0x7f))).toContain('has 2047 bits');
    expect(refusedRsa(Uint8Array.of(1, ...modulus))).toContain('2049 bits, not a multiple');
    expect(refusedRsa(new Uint8Array(1025).fill(0xff))).toContain('has 8200 bits');
    expect(refusedRsa(new Uint8Array())).toContain('has 0 bits');
    expect(refusedRsa(new Uint8Array(256))).toContain('has 0 bits');
  });

  it.each<[string, number[], string]>([
    ['3', [3], 'is 3, but must be odd and at least 65537'],
    ['1', [1], 'is 1, but must be odd'],
    ['without octets', [], 'is 0, but must be odd'],
    ['65535', [0xff, 0xff], 'is 65535, but must be odd and at least'],
    ['65538', [1, 0, 2], 'is 65538, but must be odd'],
    ['2^32 + 1', [1, 0, 0, 0, 1], 'more than 32 bits'],
    ['of 2048 bits', new Array<number>(256).fill(0xff), 'more than 32 bits'],
  ])('refuses the exponent %s', (_, exponent, message) => {
    expect(refusedRsa(modulus, Uint8Array.from(exponent))).toContain(message);
  });

  it('accepts odd exponents up to 32 bits', () => {
    for (const exponent of [
      [0, 1, 0, 1],
      [1, 0, 3],
      [0xff, 0xff, 0xff, 0xff],
    ]) {
      expect(() => checkRsaKey(modulus, Uint8Array.from(exponent))).not.toThrow();
    }
  });

  it('refuses even moduli and moduli with a small factor', () => {
    expect(refusedRsa(modulus.with(255, (modulus[255] ?? 0) & 0xfe))).toContain('even');
    for (const prime of [3n, 5n, 499n, 997n, 1009n, 32749n, 65521n, 65537n]) {
      // An odd multiple near the modulus. Larger primes may divide it too.
      let multiple = bytesToBigInt(modulus) / prime;
      if (multiple % 2n === 0n) multiple++;
      while ([3n, 5n, 7n, 11n, 13n].some((p) => p < prime && multiple % p === 0n)) multiple += 2n;
      expect(refusedRsa(toBytes(multiple * prime))).toMatch(/divisible by \d+:/);
    }
  });

  it('names the small factor', () => {
    // Two primes of 1024 bits, and a factor that makes the modulus of 2048 bits.
    const large = bytesToBigInt(Uint8Array.fromHex(TWIN_PRIMES_MODULUS_HEX));
    for (const prime of primesUpTo(300).slice(1)) {
      expect(findSmallFactor(large * prime)).toBe(Number(prime));
    }
    for (const prime of [997n, 1009n, 40009n, 65519n, 65521n, 65537n]) {
      expect(findSmallFactor(large * prime)).toBe(Number(prime));
      expect(findSmallFactor(large * prime * 65521n)).toBe(Math.min(Number(prime), 65521));
    }
    expect(findSmallFactor(large)).toBeNull();
    expect(findSmallFactor(large * 65539n)).toBeNull();
  });

  it('refuses moduli with a pattern', () => {
    const withRun = (length: number) =>
      dropSmallFactors(modulus.map((byte, i) => (i > 99 && i < 100 + length ? 0xab : byte)));
    expect(refusedRsa(withRun(16))).toContain('has a pattern');
    expect([modulus[99], modulus[115]]).not.toContain(0xab);
    checkRsaKey(withRun(15), E);
  });

  it('refuses moduli with a bias', () => {
    expect(refusedRsa(dropSmallFactors(modulus.map((byte) => byte & 0x95)))).toContain('a pattern');
    expect(refusedRsa(dropSmallFactors(modulus.map((byte) => byte | 0x6a)))).toContain('a pattern');
    // 41 % of 2048 bits are 839.7, and 60 % are 1228.8.
    for (const [ones, isBiased] of [
      [839, true],
      [840, false],
      [1228, false],
      [1229, true],
    ] as const) {
      const bits = Array.from({ length: 2048 }, (_, i) => (i < ones ? '1' : '0')).join('');
      expect(hasBiasedBits(toBytes(BigInt(`0b${bits}`))), `${ones}`).toBe(isBiased);
    }
  });

  it("refuses primes that are close enough for Fermat's method", () => {
    expect(refusedRsa(Uint8Array.fromHex(TWIN_PRIMES_MODULUS_HEX))).toContain('too close');
    expect(refusedRsa(Uint8Array.fromHex(CLOSE_PRIMES_MODULUS_HEX))).toContain('too close');
    // The square of a number near 2^1023.6 without small factors.
    let root = 3n * 2n ** 1022n + 1n;
    while (findSmallFactor(root) !== null) root += 2n;
    expect(refusedRsa(toBytes(root * root))).toContain('too close');
  });

  it('refuses the ROCA fingerprint', () => {
    // RSALib makes primes of 1024 bits as k * M + (65537^a mod M); M is the product of 126 primes.
    const primes = primesUpTo(701);
    expect(primes).toHaveLength(126);
    const m = primes.reduce((product, prime) => product * prime, 1n);
    const factor = (k: bigint, a: number) => {
      let power = 1n;
      for (let i = 0; i < a; i++) power = (power * 65537n) % m;
      return k * m + power;
    };
    const size = 2n ** 1023n / m;
    const n = factor((size * 3n) / 2n, 12345) * factor((size * 8n) / 5n, 54321);
    expect(n.toString(2)).toHaveLength(2048);
    expect(refusedRsa(toBytes(n))).toContain('ROCA');
    // Its neighbours may only be refused for small factors.
    for (const other of [n + 2n, n + 4n, n - 2n]) {
      try {
        checkRsaKey(toBytes(other), E);
      } catch (error) {
        expect(String(error)).not.toContain('ROCA');
      }
    }
  });

  it('throws only SignetError', () => {
    const hostile = fc.uint8Array({ minLength: 255, maxLength: 257 });
    fc.assert(
      fc.property(hostile, fc.uint8Array({ maxLength: 6 }), (n, exponent) => {
        allowOnly('weak-key', () => checkRsaKey(n, exponent));
        allowOnly('weak-key', () => checkRsaKey(n, E));
      }),
    );
  });
});

describe('checkEcPoint', () => {
  const CURVES: NamedCurve[] = ['P-256', 'P-384', 'P-521'];

  async function makePoint(namedCurve: NamedCurve): Promise<Uint8Array> {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, true, [
      'sign',
      'verify',
    ]);
    if (!('publicKey' in pair)) throw new Error('not a key pair');
    const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
    if (!(raw instanceof ArrayBuffer)) throw new Error('not bytes');
    return new Uint8Array(raw);
  }
  const refused = (namedCurve: NamedCurve, point: Uint8Array) =>
    refusalMessage('weak-key', () => checkEcPoint(namedCurve, point));

  it.each(CURVES)(
    '%s: accepts points that the platform generates, and refuses changed ones',
    async (curve) => {
      for (let i = 0; i < 10; i++) {
        const point = await makePoint(curve);
        expect(() => checkEcPoint(curve, point)).not.toThrow();
        const at = 1 + ((i * 37) % (point.length - 1));
        expect(refused(curve, point.with(at, (point[at] ?? 0) ^ 1))).toContain('not on the curve');
        expect(refused(curve, point.subarray(0, -1))).toContain('not an uncompressed point');
        expect(refused(curve, Uint8Array.of(...point, 0))).toContain('not an uncompressed point');
        for (const other of CURVES.filter((it) => it !== curve)) refused(other, point);
      }
    },
  );

  it('refuses other forms of points and names them', async () => {
    const point = await makePoint('P-256');
    expect(refused('P-256', Uint8Array.of(0))).toContain('infinity');
    expect(refused('P-256', Uint8Array.of(2, ...point.subarray(1, 33)))).toContain('compressed');
    expect(refused('P-256', Uint8Array.of(3, ...point.subarray(1, 33)))).toContain('compressed');
    expect(refused('P-256', point.with(0, 6))).toContain('not an uncompressed point');
    expect(refused('P-256', new Uint8Array())).toContain('not an uncompressed point');
    expect(refused('P-256', new Uint8Array(65).with(0, 4))).toContain('not on the curve');
  });

  it('refuses coordinates that are not below p', () => {
    // On P-521, a small x has a point. x + p fits into the bytes too, but must not count as x.
    const p = 2n ** 521n - 1n;
    const x = [1n, 2n, 3n, 4n, 5n, 6n].find((it) => squareRootP521(it) !== null) ?? 0n;
    const y = squareRootP521(x) ?? 0n;
    const point = (px: bigint, py: bigint) =>
      Uint8Array.fromHex(
        `04${px.toString(16).padStart(132, '0')}${py.toString(16).padStart(132, '0')}`,
      );
    expect(() => checkEcPoint('P-521', point(x, y))).not.toThrow();
    expect(() => checkEcPoint('P-521', point(x, p - y))).not.toThrow();
    expect(refused('P-521', point(x + p, y))).toContain('not on the curve');
    expect(refused('P-521', point(x, y + p))).toContain('not on the curve');
  });

  it('throws only SignetError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CURVES), fc.uint8Array({ maxLength: 140 }), (curve, point) => {
        expect(() => checkEcPoint(curve, point)).toThrow('is refused');
        allowOnly('weak-key', () => checkEcPoint(curve, Uint8Array.of(4, ...point)));
      }),
    );
  });
});

describe('checkEd25519Key', () => {
  const refused = (hex: string) =>
    refusalMessage('weak-key', () => checkEd25519Key(Uint8Array.fromHex(hex)));

  // RFC 8032 section 7.1.
  it.each([
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    '278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e',
  ])('accepts %s', (hex) => {
    expect(() => checkEd25519Key(Uint8Array.fromHex(hex))).not.toThrow();
  });

  it.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ])('refuses the point of small order %s', (hex) => {
    expect(refused(hex)).toContain('small order');
  });

  it('refuses a y that is not below p, and other lengths', () => {
    expect(refused(`ed${'ff'.repeat(30)}7f`)).toContain('canonical');
    expect(refused(`ee${'ff'.repeat(30)}7f`)).toContain('canonical');
    expect(refused('ff'.repeat(32))).toContain('canonical');
    expect(refused('00'.repeat(31))).toContain('31 bytes');
    expect(refused('00'.repeat(33))).toContain('33 bytes');
    expect(refused('')).toContain('0 bytes');
  });

  it('refuses a y without a point, in agreement with Euler’s criterion', () => {
    const p = 2n ** 255n - 19n;
    const d = (power(121666n, p - 2n, p) * (p - 121665n)) % p;
    fc.assert(
      fc.property(fc.bigInt(2n, p - 2n), (y) => {
        const u = (y * y - 1n) % p;
        const v = (d * y * y + 1n) % p;
        const hasPoint = power((u * v) % p, (p - 1n) / 2n, p) === 1n;
        const key = Uint8Array.fromHex(y.toString(16).padStart(64, '0')).reverse();
        if (hasPoint) expect(() => checkEd25519Key(key)).not.toThrow();
        else expect(refused(key.toHex())).toContain('not on the curve');
      }),
    );
  });
});

function primesUpTo(limit: number): bigint[] {
  const primes: number[] = [];
  for (let n = 2; n <= limit; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes.map(BigInt);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = ((base % modulus) + modulus) % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left % 2n === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/**
 * Returns the y of a point of P-521, or null. p is 3 modulo 4, so a square root is a single power.
 */
function squareRootP521(x: bigint): bigint | null {
  const p = 2n ** 521n - 1n;
  const b =
    0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n;
  const y2 = (((x * x * x - 3n * x + b) % p) + p) % p;
  const y = power(y2, (p + 1n) / 4n, p);
  return (y * y) % p === y2 ? y : null;
}

/** The product of a prime of 1024 bits and the next prime. */
const TWIN_PRIMES_MODULUS_HEX =
  'ac45576d506c22b9128ef8a4c9792564362221d02e6260b11127e9d0bba87694f515675e1864db77ccf0c28863f0ecd7aaedc7f970fda65ab2c280a756667f80fb4d729fdfcd18606890761dc2ced6a6364d4e7919e9774265f78a0ef633aba4c6ce75c1d9ffa68f300355765740cfacba345154092e4ad7c61c1e7888055468052704e8e4bb3931d1398cc25a32757ef5e582afaaec2c4474b05f9bbe01acf8e695104cc67bced82e91f7b2674ab1ee62934248165bc2ea16ddfdbc51d3d3fc0ab80c70f61663df6cac6b3fd09bacf2fc96bccfa447e7dd58960017793c0d82e2efe28194d429c29c42c968509b1e77f1550a0510d18ddfe6a2a845b782e563';

/** The product of two primes about 2^516 apart: Fermat's method needs 39 rounds. */
const CLOSE_PRIMES_MODULUS_HEX =
  'ac45576d506c22b9128ef8a4c9792564362221d02e6260b11127e9d0bba87694f515675e1864db77ccf0c28863f0ecd7aaedc7f970fda65ab2c280a756667f8e1b5a87d47e649904bea2cc1ea2268f86053ef9e219ab0ef27376e2d047bee13ecb9eefd93e303255959d2b6e2642cc6163a7cd2e6bb729ec3d5f263d26d1244c3413bba4f0d87aef6035ff2a1bf134570af8f2025cf4eb321573937cd33f5328e1e9183747733fda0b2a356d54943fc8d525188e878aa41d2651db376d25afd990fb577a3e1e6f506fbb6087f362776a24b264a97abe2d35d2745633322a5a7bb697081664a08b090f1f8274e4c24a2ca10bd5df67e32f78990fdaff6364f0cb';
