import { bytesToBigInt, equalBytes } from '../bytes.ts';
import { derivePublicBytes, writePoint } from '../x509/keys/derive-public-key.ts';
import type { DecodedPrivateKey } from '../x509/keys/pkcs8.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';

/**
 * Returns whether a private key matches a public key; both may be weak. RSA keys are compared by
 * modulus and exponent, others by the public key that the platform derives.
 * @throws SignetError malformed-key if the platform refuses the private key
 */
export async function matchesPrivateKey(
  privateKey: DecodedPrivateKey,
  publicKey: PublicKey,
): Promise<boolean> {
  const { rsa, pssOnly, kind, namedCurve } = privateKey;
  if (rsa !== null) {
    return (
      publicKey.kind === 'rsa' &&
      // A key for PSS alone cannot do all that an rsaEncryption certificate promises.
      (publicKey.pssOnly || !pssOnly) &&
      bytesToBigInt(publicKey.modulus) === rsa.modulus &&
      bytesToBigInt(publicKey.publicExponent) === rsa.publicExponent
    );
  }
  const own = await derivePublicBytes(privateKey);
  if (publicKey.kind !== kind || publicKey.namedCurve !== namedCurve) return false;
  const { subjectPublicKey } = publicKey;
  return equalBytes(kind === 'ec' ? writePoint(own, subjectPublicKey[0]) : own, subjectPublicKey);
}
