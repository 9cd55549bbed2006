import { SignetError } from '../errors.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import { isPublishedKey } from './known-keys.ts';
import { checkEcPoint, checkEd25519Key, checkRsaKey } from './weak-keys.ts';

/** The last gate checks the key that its draft has checked already: an RSA key costs up to 1 ms. */
const passed = new WeakSet<PublicKey>();

/**
 * Refuses weak and malformed public keys, and those whose private key is published or trivial.
 * @throws SignetError weak-key
 */
export function checkPublicKey(key: PublicKey): void {
  if (passed.has(key)) return;
  checkStrength(key);
  checkUnpublished(key);
  passed.add(key);
}

function checkUnpublished(key: PublicKey): void {
  if (!isPublishedKey(key)) return;
  throw new SignetError(
    'weak-key',
    'The public key is refused: everybody can know its private key. It is published, as an example or for tests, or trivial to guess. Make a new key.',
    { field: 'subjectPublicKeyInfo' },
  );
}

function checkStrength(key: PublicKey): void {
  switch (key.kind) {
    case 'rsa':
      checkRsaKey(key.modulus, key.publicExponent);
      checkPssSalt(key);
      return;
    case 'ec':
      checkEcPoint(key.namedCurve, key.subjectPublicKey);
      return;
    case 'ed25519':
      checkEd25519Key(key.subjectPublicKey);
      return;
  }
}

/** The modulus must have room for hash, salt and padding (RFC 8017 section 9.1.1, step 3). */
function checkPssSalt(key: Extract<PublicKey, { kind: 'rsa' }>): void {
  if (key.pssParameters === null) return;
  const hashBytes = Number(key.pssParameters.hash.slice(4)) / 8;
  if (key.pssParameters.saltLength + hashBytes + 2 > key.modulus.length) {
    throw new SignetError(
      'weak-key',
      'The public key is refused: its RSASSA-PSS salt does not fit into the modulus. Make a key with a shorter salt.',
      { field: 'subjectPublicKeyInfo' },
    );
  }
}
