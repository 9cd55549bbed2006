import type { PublicKey } from '../x509/keys/public-key.ts';
import { PUBLISHED_KEYS } from './published-keys.ts';

const IDENTIFIER_BYTES = 8;

/**
 * Returns 8 bytes that identify a key: the end of the modulus, of the EC point's x, or of the Ed25519
 * key. A new key has the bytes of a listed one with a probability below 2^-50.
 */
export function identifyPublishedKey(key: PublicKey): Uint8Array {
  switch (key.kind) {
    case 'rsa':
      return key.modulus.slice(-IDENTIFIER_BYTES);
    case 'ec': {
      const end = 1 + (key.subjectPublicKey.length - 1) / 2;
      return key.subjectPublicKey.slice(end - IDENTIFIER_BYTES, end);
    }
    case 'ed25519':
      return key.subjectPublicKey.slice(-IDENTIFIER_BYTES);
  }
}

let known: ReadonlySet<string> | null = null;

/** Returns whether the private key is published in a package or trivial to guess. */
export function isPublishedKey(key: PublicKey): boolean {
  known ??= readIdentifiers();
  return known.has(identifyPublishedKey(key).toHex());
}

function readIdentifiers(): ReadonlySet<string> {
  const hex = Uint8Array.fromBase64(PUBLISHED_KEYS.join('')).toHex();
  const identifiers = new Set<string>();
  for (let at = 0; at < hex.length; at += 2 * IDENTIFIER_BYTES) {
    identifiers.add(hex.slice(at, at + 2 * IDENTIFIER_BYTES));
  }
  return identifiers;
}
