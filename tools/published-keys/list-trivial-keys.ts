import { createPrivateKey } from 'node:crypto';
import { encodeElement, encodeObjectIdentifier } from '../../src/asn1/der.ts';
import { CURVES } from '../../src/x509/keys/algorithms.ts';
import { identifyKeyObject } from './identify-key.ts';

const SMALL = 256;

/**
 * Lists the keys with a trivial private key: small numbers, powers of 2 and 10, and bytes that are all
 * equal or that count up or down. For EC, this covers the order minus such a number too: the points have
 * the same x.
 */
export function listTrivialKeys(): string[] {
  const keys: string[] = [];
  for (const { oid, coordinateBytes } of CURVES) {
    for (const secret of listSecrets(coordinateBytes)) add(keys, ecPkcs8(oid, secret));
  }
  for (const secret of listSecrets(32)) add(keys, `302e020100300506032b657004220420${secret}`);
  return keys;
}

/** Returns private keys of `length` bytes in hex. Some may be larger than the order of a curve. */
function listSecrets(length: number): string[] {
  const bigEndian = (value: bigint) => value.toString(16).padStart(2 * length, '0');
  const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const counting = [0, 1].map((first) => bytes.slice(first, first + length));
  return [
    ...Array.from({ length: SMALL }, (_, value) => bigEndian(BigInt(value))),
    ...Array.from({ length: 8 * length }, (_, power) => bigEndian(1n << BigInt(power))),
    ...Array.from({ length: 2 * length }, (_, power) => bigEndian(10n ** BigInt(power))),
    bigEndian(65537n),
    ...bytes.map((byte) => byte.padEnd(2 * length, '0')), // small numbers in little-endian form
    ...bytes.map((byte) => byte.repeat(length)),
    ...counting.flatMap((up) => [up.join(''), up.toReversed().join('')]),
  ];
}

/** Skips what is no private key of the curve, such as zero. */
function add(keys: string[], pkcs8Hex: string): void {
  try {
    const key = Buffer.from(pkcs8Hex, 'hex');
    keys.push(identifyKeyObject(createPrivateKey({ key, format: 'der', type: 'pkcs8' })));
  } catch {
    return;
  }
}

function ecPkcs8(oid: string, secret: string): string {
  const key = der(0x30, `020101${der(0x04, secret)}`);
  return der(0x30, `020100${der(0x30, `06072a8648ce3d0201${oidHex(oid)}`)}${der(0x04, key)}`);
}

function oidHex(oid: string): string {
  return Buffer.from(encodeObjectIdentifier(oid)).toString('hex');
}

function der(tag: number, contentHex: string): string {
  return Buffer.from(encodeElement(tag, Buffer.from(contentHex, 'hex'))).toString('hex');
}
