import { DerError, readChildren, readOnly, TAG } from '../../asn1/der.ts';

export type PrivateKeyLabel =
  | 'PRIVATE KEY'
  | 'RSA PRIVATE KEY'
  | 'EC PRIVATE KEY'
  | 'ENCRYPTED PRIVATE KEY';

/**
 * Returns the PEM label that fits the DER of a private key, or null if it is none. The first fields
 * tell which structure it is.
 */
export function identifyPrivateKey(der: Uint8Array): PrivateKeyLabel | null {
  try {
    const [first, second] = readChildren(readOnly(der, TAG.sequence).content);
    if (first?.tag === TAG.sequence && second?.tag === TAG.octetString) {
      return 'ENCRYPTED PRIVATE KEY';
    }
    if (first?.tag !== TAG.integer) return null;
    if (second?.tag === TAG.sequence) return 'PRIVATE KEY';
    if (second?.tag === TAG.integer) return 'RSA PRIVATE KEY';
    return second?.tag === TAG.octetString ? 'EC PRIVATE KEY' : null;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}
