import { encodePem } from '../asn1/pem.ts';
import { SignetError } from '../errors.ts';
import { matchesPrivateKey } from '../keys/match-private-key.ts';
import { identifyPrivateKey } from '../x509/keys/identify-private-key.ts';
import { decodeAnyPrivateKeyPem } from '../x509/keys/pkcs8.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import { type Field, readField, refuseField } from './field-text.ts';

const PRIVATE_KEY_FIELD: Field = {
  code: 'malformed-key',
  field: 'privateKey',
  label: 'The private key',
  // Enough for RSA-16384. The page size of the job reseal depends on it.
  maxCharacters: 16 * 1024,
};

/**
 * Reads the private key of an upload and checks that it belongs to the certificate.
 * @param text PEM, base64 of PEM or base64 of DER; PKCS#8, PKCS#1 or SEC1
 * @returns the key's PEM block alone, in its original encoding, with the label that fits
 * @throws SignetError malformed-key, key-mismatch; no message contains a part of the key
 */
export async function readPrivateKeyFor(publicKey: PublicKey, text: string): Promise<string> {
  const content = readField(PRIVATE_KEY_FIELD, text);
  const pem = content.form === 'pem' ? content.text : wrapDer(content.der);
  const decoded = await decodeAnyPrivateKeyPem(pem);
  if (!(await matchesPrivateKey(decoded, publicKey))) {
    throw new SignetError('key-mismatch', 'The private key does not belong to the certificate.', {
      field: 'privateKey',
    });
  }
  return decoded.pem;
}

/** Wraps DER in PEM. */
function wrapDer(der: Uint8Array): string {
  const label = identifyPrivateKey(der);
  if (label !== null) return encodePem(label, der);
  throw refuseField(PRIVATE_KEY_FIELD, 'It is neither PEM nor the DER of PKCS#8, PKCS#1 or SEC1.');
}
