import { describe, expect, it } from 'vitest';
import {
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  TAG,
} from '../../../src/asn1/der.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import { isSamePublicKey, parsePublicKey, publicKeyId } from '../../../src/x509/keys/public-key.ts';
import { csrPem } from '../../fixtures.ts';

const keyOf = (name: string) => parseCsr(decodeCsr(csrPem(name))).publicKey;

describe('publicKeyId', () => {
  it('is the same for an RSA modulus under another OID or exponent', async () => {
    const key = keyOf('rsa-2048-sha256');
    if (key.kind !== 'rsa') throw new Error('not RSA');
    const rsaPublicKey = encodeSequence(
      encodeUnsignedInteger(key.modulus),
      encodeUnsignedInteger(Uint8Array.of(1, 0, 3)),
    );
    const disguised = encodeSequence(
      encodeSequence(encodeObjectIdentifier('1.2.840.113549.1.1.10')),
      encodeElement(TAG.bitString, Uint8Array.of(0), rsaPublicKey),
    );
    expect(await publicKeyId(parsePublicKey(disguised))).toBe(await publicKeyId(key));
    expect(isSamePublicKey(parsePublicKey(disguised), key)).toBe(true);
  });

  it('differs between keys', async () => {
    const ids = await Promise.all(
      ['rsa-2048-sha256', 'rsa-3072', 'p-256-sha256', 'p-384', 'ed25519'].map((name) =>
        publicKeyId(keyOf(name)),
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const keys = ['rsa-2048-sha256', 'rsa-3072', 'p-256-sha256', 'p-384', 'ed25519'].map(keyOf);
    for (const [i, a] of keys.entries()) {
      for (const [j, b] of keys.entries()) expect(isSamePublicKey(a, b)).toBe(i === j);
    }
  });
});
