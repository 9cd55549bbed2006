import { describe, expect, it } from 'vitest';
import {
  type DerElement,
  readBitStringBytes,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../../src/asn1/der.ts';
import { assertStrictDer } from '../../../src/asn1/strict-der.ts';
import { concatBytes } from '../../../src/bytes.ts';
import { encodeEnvelopedData } from '../../../src/x509/certificate/cms.ts';
import { parseCsr } from '../../../src/x509/certificate/csr.ts';
import { type PublicKey, parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import { csrPem } from '../../fixtures.ts';

const plaintext = new TextEncoder().encode('-----BEGIN PRIVATE KEY-----\nsecret\n');

async function makeRecipient(algorithm: {
  name: string;
  modulusLength?: number;
  publicExponent?: Uint8Array;
  hash?: string;
  namedCurve?: string;
}): Promise<{ publicKey: PublicKey; privateKey: CryptoKey }> {
  const usages = algorithm.name === 'ECDH' ? ['deriveBits'] : ['encrypt', 'decrypt'];
  const pair = await crypto.subtle.generateKey(algorithm, true, usages);
  if (pair instanceof CryptoKey) throw new Error('no pair');
  const spki = await crypto.subtle.exportKey('spki', pair.publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new Error('no bytes');
  return { publicKey: parsePublicKey(new Uint8Array(spki)), privateKey: pair.privateKey };
}

const makeRsa = () =>
  makeRecipient({
    name: 'RSA-OAEP',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  });
const makeEc = () => makeRecipient({ name: 'ECDH', namedCurve: 'P-256' });

function children(element: DerElement | undefined): DerElement[] {
  if (element === undefined) throw new Error('an element is missing');
  return readChildren(element.content);
}

function oid(element: DerElement | undefined): string {
  if (element === undefined) throw new Error('an element is missing');
  return readObjectIdentifier(element);
}

/** Takes EnvelopedData apart and checks all that does not depend on the recipient. */
function open(der: Uint8Array) {
  assertStrictDer(der);
  const [type, wrapped, ...more] = children(readOnly(der, TAG.sequence));
  expect([oid(type), wrapped?.tag, more.length]).toEqual(['1.2.840.113549.1.7.3', 0xa0, 0]);
  const [envelopedData] = children(wrapped);
  const [version, recipients, content, ...rest] = children(envelopedData);
  expect([version?.content.toHex(), recipients?.tag, rest.length]).toEqual(['02', TAG.set, 0]);
  const [recipient, ...others] = children(recipients);
  expect(others).toEqual([]);
  const [contentType, algorithm, encrypted] = children(content);
  const [cipher, iv] = children(algorithm);
  expect([oid(contentType), oid(cipher), encrypted?.tag]).toEqual([
    '1.2.840.113549.1.7.1',
    '2.16.840.1.101.3.4.1.42',
    0x80,
  ]);
  if (recipient === undefined || iv === undefined || encrypted === undefined) {
    throw new Error('an element is missing');
  }
  return { recipient, iv: iv.content, encrypted: encrypted.content };
}

async function decrypt(key: CryptoKey, iv: Uint8Array, encrypted: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, key, encrypted));
}

async function sha1(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', bytes)).toHex();
}

describe('encodeEnvelopedData', () => {
  it('encrypts for an RSA key with OAEP and SHA-256, named by its key identifier', async () => {
    const { publicKey, privateKey } = await makeRsa();
    const { recipient, iv, encrypted } = open(await encodeEnvelopedData(publicKey, plaintext));
    expect(recipient.tag).toBe(TAG.sequence);
    const [version, rid, algorithm, encryptedKey] = children(recipient);
    expect(version?.content.toHex()).toBe('02');
    expect([rid?.tag, rid?.content.toHex()]).toEqual([
      0x80,
      await sha1(publicKey.subjectPublicKey),
    ]);
    // RSAES-OAEP with the parameters of RFC 4055 section 4.1 for SHA-256, written out by hand.
    expect(algorithm?.bytes.toHex()).toBe(
      '303c06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500',
    );
    const key = await crypto.subtle.unwrapKey(
      'raw',
      encryptedKey?.content ?? new Uint8Array(),
      await forUnwrapping(privateKey),
      'RSA-OAEP',
      'AES-CBC',
      true,
      ['decrypt'],
    );
    expect(await decrypt(key, iv, encrypted)).toEqual(plaintext);
  });

  it('encrypts for a P-256 key with ephemeral ECDH, X9.63 KDF and AES-256 key wrap', async () => {
    const { publicKey, privateKey } = await makeEc();
    const { recipient, iv, encrypted } = open(await encodeEnvelopedData(publicKey, plaintext));
    expect(recipient.tag).toBe(0xa1);
    const [version, originator, algorithm, keys] = children(recipient);
    expect([version?.content.toHex(), originator?.tag]).toEqual(['03', 0xa0]);
    const [originatorKey] = children(originator);
    expect(originatorKey?.tag).toBe(0xa1);
    const [ephemeralAlgorithm, point] = children(originatorKey);
    expect(children(ephemeralAlgorithm).map(oid)).toEqual([
      '1.2.840.10045.2.1',
      '1.2.840.10045.3.1.7',
    ]);
    const [scheme, wrap] = children(algorithm);
    expect([oid(scheme), wrap?.bytes.toHex()]).toEqual([
      '1.3.132.1.11.1',
      '300b060960864801650304012d',
    ]);
    const [only, ...others] = children(keys);
    expect(others).toEqual([]);
    const [rid, encryptedKey] = children(only);
    const [identifier] = children(rid);
    expect([rid?.tag, identifier?.content.toHex()]).toEqual([
      0xa0,
      await sha1(publicKey.subjectPublicKey),
    ]);

    if (point === undefined) throw new Error('an element is missing');
    const ephemeral = await crypto.subtle.importKey(
      'raw',
      readBitStringBytes(point),
      { name: 'ECDH', namedCurve: 'P-256' },
      false,
      [],
    );
    const parameters = { name: 'ECDH', public: ephemeral, $public: ephemeral };
    const secret = await crypto.subtle.deriveBits(parameters, privateKey, 256);
    // ECC-CMS-SharedInfo for AES-256 key wrap, written out by hand from RFC 5753 section 7.2.
    const sharedInfo = Uint8Array.fromHex('3015300b060960864801650304012da206040400000100');
    const input = concatBytes(new Uint8Array(secret), Uint8Array.of(0, 0, 0, 1), sharedInfo);
    const kek = await crypto.subtle.importKey(
      'raw',
      await crypto.subtle.digest('SHA-256', input),
      'AES-KW',
      false,
      ['unwrapKey'],
    );
    const key = await crypto.subtle.unwrapKey(
      'raw',
      encryptedKey?.content ?? new Uint8Array(),
      kek,
      'AES-KW',
      'AES-CBC',
      true,
      ['decrypt'],
    );
    expect(await decrypt(key, iv, encrypted)).toEqual(plaintext);
  });

  it.each([0, 1, 15, 16, 17, 5000])('encrypts %i bytes', async (length) => {
    const { publicKey } = await makeEc();
    const { encrypted } = open(await encodeEnvelopedData(publicKey, new Uint8Array(length)));
    expect(encrypted.length).toBe(16 * (Math.floor(length / 16) + 1));
  });

  it('encrypts the same bytes differently each time', async () => {
    const { publicKey } = await makeRsa();
    const [one, two] = [
      open(await encodeEnvelopedData(publicKey, plaintext)),
      open(await encodeEnvelopedData(publicKey, plaintext)),
    ];
    expect(one.iv).not.toEqual(two.iv);
    expect(one.encrypted).not.toEqual(two.encrypted);
    expect(one.recipient.bytes).not.toEqual(two.recipient.bytes);
  });

  it.each(['p-384', 'ed25519', 'rsa-pss-2048'])('refuses a key of %s', async (name) => {
    const { publicKey } = parseCsr(derOfCsr(name));
    await expect(encodeEnvelopedData(publicKey, plaintext)).rejects.toThrow(TypeError);
  });
});

function derOfCsr(name: string): Uint8Array {
  return Uint8Array.fromBase64(csrPem(name).replace(/-----[^-]+-----/g, ''));
}

async function forUnwrapping(privateKey: CryptoKey): Promise<CryptoKey> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey);
  if (!(pkcs8 instanceof ArrayBuffer)) throw new Error('no bytes');
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  return crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['unwrapKey']);
}
