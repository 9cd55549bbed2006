import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { parsePublicKey, publicKeyId } from '../x509/keys/public-key.ts';

/** The id of a certificate's key, or null for a key of a kind that is neither used nor certified here. */
export async function findPublicKeyId(certificate: Certificate): Promise<string | null> {
  try {
    return await publicKeyId(parsePublicKey(certificate.spkiDer));
  } catch (error) {
    if (error instanceof SignetError) return null;
    throw error;
  }
}
