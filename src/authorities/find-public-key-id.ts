import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { parsePublicKey, publicKeyId } from '../x509/keys/public-key.ts';

/** Returns the id of a certificate's key, or null for an algorithm that is not supported here. */
export async function findPublicKeyId(certificate: Certificate): Promise<string | null> {
  try {
    return await publicKeyId(parsePublicKey(certificate.spkiDer));
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
}
