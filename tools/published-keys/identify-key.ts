import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { identifyPublishedKey } from '../../src/keys/known-keys.ts';
import { parsePublicKey } from '../../src/x509/keys/public-key.ts';

/** Returns the identifier of a private key in PEM, or null if it cannot be used with Signet. */
export function identifyKeyPem(pem: string): string | null {
  try {
    return identifyKeyObject(createPrivateKey(pem));
  } catch {
    return null;
  }
}

/** Shorter ones are refused anyway. */
const MIN_MODULUS_BYTES = 256;

/** Returns the identifier of a private key. @throws for kinds of keys that Signet refuses */
export function identifyKeyObject(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const publicKey = parsePublicKey(spki);
  if (publicKey.kind === 'rsa' && publicKey.modulus.length < MIN_MODULUS_BYTES) {
    throw new RangeError('the RSA key is too short');
  }
  // Node makes a key of the scalar 0, whose point is infinity.
  if (publicKey.subjectPublicKey.length === 1) throw new RangeError('the point is infinity');
  return Buffer.from(identifyPublishedKey(publicKey)).toString('hex');
}
