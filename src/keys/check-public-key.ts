import { SignetError } from '../errors.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import { checkEcPoint, checkEd25519Key, checkRsaKey } from './weak-keys.ts';

/**
 * Refuses keys that must not be certified, whoever asks.
 * @throws SignetError weak-key, saying what is wrong with the key
 */
export function checkPublicKey(key: PublicKey): void {
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

/** A salt must fit the modulus beside hash and padding (RFC 8017 section 9.1.1, step 3). */
function checkPssSalt(key: Extract<PublicKey, { kind: 'rsa' }>): void {
  if (key.pssParameters === null) return;
  const hashBytes = Number(key.pssParameters.hash.slice(4)) / 8;
  if (key.pssParameters.saltLength + hashBytes + 2 > key.modulus.length) {
    throw new SignetError(
      'weak-key',
      'The RSASSA-PSS key asks for a salt longer than it can sign.',
      {
        field: 'subjectPublicKeyInfo',
      },
    );
  }
}
