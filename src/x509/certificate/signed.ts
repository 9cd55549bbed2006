import { encodeBitString, encodeSequence } from '../../asn1/der.ts';

/**
 * Writes the SIGNED{} wrapper of certificates, CSRs and CRLs (RFC 5280 sections 4.1.1 and 5.1.1).
 * @param signature in X.509 form: for ECDSA the DER of Ecdsa-Sig-Value, not r||s
 */
export function encodeSigned(
  tbsDer: Uint8Array,
  signatureAlgorithmDer: Uint8Array,
  signature: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encodeSequence(tbsDer, signatureAlgorithmDer, encodeBitString(signature));
}
