import { describe, expect, it } from 'vitest';
import { readAccountKey } from '../../src/acme/account-key.ts';
import { ALGS, makeAcmeKey } from './jws.ts';

const REFUSED = { code: 'bad-public-key' };

/** RFC 7638 section 3.1 has this key and its thumbprint. */
const RFC_7638_N =
  '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';

describe('readAccountKey', () => {
  it('computes the thumbprint of RFC 7638', async () => {
    const { thumbprint } = await readAccountKey({
      kty: 'RSA',
      n: RFC_7638_N,
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    });
    expect(thumbprint).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it.each(ALGS)('reads a key for %s, and ignores other members', async (alg) => {
    const { jwk } = await makeAcmeKey(alg);
    const { thumbprint, key } = await readAccountKey({ ...jwk, use: 'sig', kid: 'x', alg: 7 });
    expect(thumbprint).toBe((await readAccountKey(jwk)).thumbprint);
    expect(key.kind).toBe({ RS256: 'rsa', EdDSA: 'ed25519' }[String(alg)] ?? 'ec');
  });

  it('reads the uncompressed point or the modulus, not another one', async () => {
    const { jwk } = await makeAcmeKey();
    const { key } = await readAccountKey(jwk);
    const point = Uint8Array.from(key.subjectPublicKey);
    const encode = (bytes: Uint8Array) =>
      bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
    expect([encode(point.subarray(1, 33)), encode(point.subarray(33))]).toEqual([jwk.x, jwk.y]);
  });

  const p256 = {
    kty: 'EC',
    crv: 'P-256',
    x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
    y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  };
  const zeros = 'A'.repeat(43);

  it.each([
    ['no type', {}],
    ['a secret key', { kty: 'oct', k: 'AAAA' }],
    ['a private key', { ...p256, d: '0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo' }],
    ['another curve', { ...p256, crv: 'secp256k1' }],
    ['Ed448', { kty: 'OKP', crv: 'Ed448', x: 'A'.repeat(76) }],
    ['a key for key agreement', { kty: 'OKP', crv: 'X25519', x: zeros }],
    ['no y', { ...p256, y: undefined }],
    ['numbers in place of texts', { ...p256, x: 7 }],
    ['a short coordinate', { ...p256, x: p256.x.slice(0, 40) }],
    ['a long coordinate', { ...p256, x: `AA${p256.x}` }],
    ['padding', { ...p256, x: `${p256.x}=` }],
    ['white space', { ...p256, x: ` ${p256.x}` }],
    ['a point that is not on the curve', { ...p256, y: p256.x }],
    ['the point at infinity', { ...p256, x: zeros, y: zeros }],
    ['a small modulus', { kty: 'RSA', n: RFC_7638_N.slice(0, 171), e: 'AQAB' }],
    ['an empty modulus', { kty: 'RSA', n: '', e: 'AQAB' }],
    ['a zero before the modulus', { kty: 'RSA', n: `AAAA${RFC_7638_N}`, e: 'AQAB' }],
    ['the exponent 1', { kty: 'RSA', n: RFC_7638_N, e: 'AQ' }],
    ['an even modulus', { kty: 'RSA', n: `${RFC_7638_N.slice(0, -2)}gg`, e: 'AQAB' }],
    ['a small-order point', { kty: 'OKP', crv: 'Ed25519', x: `AQ${'A'.repeat(41)}` }],
  ])('refuses %s', async (_, jwk) => {
    await expect(readAccountKey(jwk)).rejects.toMatchObject(REFUSED);
  });
});
