import { describe, expect, it } from 'vitest';
import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  readChildren,
  readOnly,
  readUnsignedInteger,
  TAG,
} from '../../../src/asn1/der.ts';
import { encodePem } from '../../../src/asn1/pem.ts';
import { bytesToBigInt } from '../../../src/bytes.ts';
import { importSigner } from '../../../src/keys/signer.ts';
import { decodePrivateKeyPem } from '../../../src/x509/keys/pkcs8.ts';
import { derOf, privateKeyPem } from '../../inventory/uploads.ts';
import { refusalMessageOf } from '../refusal.ts';

const VERSION = { zero: Uint8Array.of(2, 1, 0), one: Uint8Array.of(2, 1, 1) };
const P256 = encodeElement(0xa0, encodeObjectIdentifier('1.2.840.10045.3.1.7'));

const blockOf = (name: string) => {
  const pem = privateKeyPem(name);
  return derOf(pem.slice(pem.search(/-----BEGIN [A-Z ]*PRIVATE KEY/)));
};
const children = (der: Uint8Array) =>
  readChildren(readOnly(der, TAG.sequence).content).map(({ bytes }) => bytes);
const refused = (pem: string) => refusalMessageOf('malformed-key', () => decodePrivateKeyPem(pem));

function toInteger(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return encodeUnsignedInteger(
    Uint8Array.fromHex(hex.padStart(hex.length + (hex.length % 2), '0')),
  );
}

describe('the numbers of an RSA private key', () => {
  const numbers = readChildren(readOnly(blockOf('rsa-pkcs1'), TAG.sequence).content)
    .slice(1)
    .map((element) => bytesToBigInt(readUnsignedInteger(element)));
  const [n = 0n, , d = 0n, p = 0n, q = 0n, , , qInv = 0n] = numbers;
  const write = (changes: Readonly<Record<number, bigint>>) =>
    encodePem(
      'RSA PRIVATE KEY',
      encodeSequence(VERSION.zero, ...numbers.map((value, i) => toInteger(changes[i] ?? value))),
    );
  const lambda = (p - 1n) * (q - 1n);

  it('may be written as they are, with d modulo (p - 1)(q - 1)', async () => {
    expect((await decodePrivateKeyPem(write({}))).rsa?.modulus).toBe(n);
    expect((await decodePrivateKeyPem(write({ 2: d % lambda }))).rsa?.modulus).toBe(n);
  });

  it.each<[string, Record<number, bigint>, string]>([
    ['another modulus', { 0: n + 2n }, 'modulus'],
    ['another exponent', { 1: 3n }, 'd does not'],
    ['another private exponent', { 2: d + 2n }, 'd does not'],
    ['a private exponent above the modulus', { 2: d + lambda * 2n }, 'd does not'],
    ['the same prime twice', { 4: p }, 'modulus'],
    ['a prime 1', { 3: n, 4: 1n }, 'modulus'],
    ['another dP', { 5: (numbers[5] ?? 0n) + 2n }, 'dP'],
    ['a dP of 0', { 5: 0n }, 'dP'],
    ['a dP that is not reduced', { 5: (numbers[5] ?? 0n) + (p - 1n) }, 'dP'],
    ['another dQ', { 6: (numbers[6] ?? 0n) + 2n }, 'dQ'],
    ['a dQ that is not reduced', { 6: (numbers[6] ?? 0n) + (q - 1n) }, 'dQ'],
    ['another qInv', { 7: qInv + 1n }, 'qInv'],
    ['a qInv that is not reduced', { 7: qInv + p }, 'qInv'],
  ])('are refused with %s', async (_, changes, reason) => {
    const message = await refused(write(changes));
    expect(message).toContain('its numbers are inconsistent');
    expect(message).toContain(reason);
    await expect(importSigner(write(changes))).rejects.toMatchObject({ code: 'malformed-key' });
  });

  it('are compared with the public key in PKCS#8 version 1', async () => {
    const [, algorithm, key] = children(blockOf('rsa-pkcs8'));
    if (algorithm === undefined || key === undefined) throw new Error('fixture');
    const withPublic = (modulus: bigint) => {
      const part = encodeSequence(toInteger(modulus), toInteger(65537n));
      const field = encodeElement(0x81, Uint8Array.of(0), part);
      return encodePem('PRIVATE KEY', encodeSequence(VERSION.one, algorithm, key, field));
    };
    expect((await decodePrivateKeyPem(withPublic(n))).kind).toBe('rsa');
    expect(await refused(withPublic(n + 2n))).toContain('the public key inside is not its own');
  });
});

describe('the public key inside an EC private key', () => {
  const [, scalar = new Uint8Array()] = children(blockOf('prime256v1-sec1'));
  const point = async (): Promise<Uint8Array> => {
    const { publicKey } = await importSigner(privateKeyPem('prime256v1-pkcs8'));
    return publicKey.subjectPublicKey;
  };
  const sec1 = (part: Uint8Array, ...more: Uint8Array[]) =>
    encodeSequence(VERSION.one, scalar, P256, encodeElement(0xa1, encodeBitString(part)), ...more);

  it('must be its own, in every form and layer', async () => {
    const own = await point();
    const { publicKey } = await importSigner(privateKeyPem('prime256v1-pkcs8'));
    const [algorithm = new Uint8Array()] = children(publicKey.spkiDer);
    const other = own.with(-1, (own.at(-1) ?? 0) ^ 1);
    const inPkcs8 = (inner: Uint8Array, ...outer: Uint8Array[]) =>
      encodePem(
        'PRIVATE KEY',
        encodeSequence(VERSION.one, algorithm, encodeElement(4, inner), ...outer),
      );
    const outer = (part: Uint8Array) => encodeElement(0x81, Uint8Array.of(0), part);
    const compressed = Uint8Array.of(2 + ((own.at(-1) ?? 0) & 1), ...own.subarray(1, 33));
    for (const pem of [
      encodePem('EC PRIVATE KEY', sec1(own)),
      encodePem('EC PRIVATE KEY', sec1(compressed)),
      inPkcs8(sec1(own)),
      inPkcs8(sec1(own), outer(own)),
    ]) {
      expect((await decodePrivateKeyPem(pem)).namedCurve).toBe('P-256');
    }
    for (const pem of [
      encodePem('EC PRIVATE KEY', sec1(other)),
      encodePem('EC PRIVATE KEY', sec1(compressed.with(0, (compressed[0] ?? 0) ^ 1))),
      encodePem('EC PRIVATE KEY', sec1(own.subarray(0, 33))),
      inPkcs8(sec1(other)),
      inPkcs8(sec1(own), outer(other)),
    ]) {
      expect(await refused(pem)).toContain('the public key inside is not its own');
      await expect(importSigner(pem)).rejects.toMatchObject({ code: 'malformed-key' });
    }
  });

  it('is the last element', async () => {
    const pem = encodePem('EC PRIVATE KEY', sec1(await point(), Uint8Array.of(5, 0)));
    expect(await refused(pem)).toContain('extra or misplaced element');
  });
});

describe('the public key inside an Ed25519 private key', () => {
  it('must be its own', async () => {
    const [, ...fields] = children(blockOf('ed25519-pkcs8'));
    const { publicKey } = await importSigner(privateKeyPem('ed25519-pkcs8'));
    const write = (part: Uint8Array, ...more: Uint8Array[]) =>
      encodePem(
        'PRIVATE KEY',
        encodeSequence(
          VERSION.one,
          ...fields,
          encodeElement(0x81, Uint8Array.of(0), part),
          ...more,
        ),
      );
    const own = publicKey.subjectPublicKey;
    expect((await decodePrivateKeyPem(write(own))).kind).toBe('ed25519');
    expect(await refused(write(own.with(0, (own[0] ?? 0) ^ 1)))).toContain('is not its own');
    expect(await refused(write(own, Uint8Array.of(5, 0)))).toContain('extra or misplaced element');
  });
});

describe('the label of a private key', () => {
  it.each([
    ['rsa-pkcs8', 'PRIVATE KEY'],
    ['rsa-pkcs1', 'RSA PRIVATE KEY'],
    ['prime256v1-pkcs8', 'PRIVATE KEY'],
    ['prime256v1-sec1', 'EC PRIVATE KEY'],
    ['ed25519-pkcs8', 'PRIVATE KEY'],
  ])('may be any for %s, and is corrected', async (name, label) => {
    const der = blockOf(name);
    for (const given of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']) {
      const { pem } = await decodePrivateKeyPem(encodePem(given, der));
      expect(pem).toBe(encodePem(label, der));
    }
  });

  it('does not hide that the key is encrypted', async () => {
    const pem = encodePem('PRIVATE KEY', blockOf('rsa-pkcs8-encrypted'));
    expect(await refused(pem)).toContain('encrypted with a passphrase');
  });
});
