import { DerError, readChildren, readOnly, TAG } from '../asn1/der.ts';
import { encodePem } from '../asn1/pem.ts';
import { SignetError } from '../errors.ts';
import { matchesPrivateKey } from '../keys/match-private-key.ts';
import { decodePrivateKeyPem } from '../x509/keys/pkcs8.ts';
import type { PublicKey } from '../x509/keys/public-key.ts';
import { type Field, readField, readPemBlocks, refuseField } from './field-text.ts';

const PRIVATE_KEY_FIELD: Field = {
  code: 'malformed-key',
  field: 'privateKey',
  label: 'The private key',
  // Room for RSA-16384; the job that seals anew counts on it.
  maxCharacters: 16 * 1024,
};

/**
 * Reads the private key of an upload and checks that it belongs to the certificate.
 * @param text PEM, base64 of PEM or base64 of DER; PKCS#8, PKCS#1 or SEC1
 * @returns the key's own PEM block in the encoding that it came in, without anything around it
 * @throws SignetError malformed-key, key-mismatch; no message holds anything of the key
 */
export async function readPrivateKeyFor(publicKey: PublicKey, text: string): Promise<string> {
  const content = readField(PRIVATE_KEY_FIELD, text);
  const pem = content.form === 'pem' ? content.text : wrapDer(content.der);
  const decoded = decodePrivateKeyPem(pem);
  if (!(await matchesPrivateKey(decoded, publicKey))) {
    throw new SignetError('key-mismatch', 'The private key does not belong to the certificate.', {
      field: 'privateKey',
    });
  }
  const block = readPemBlocks(PRIVATE_KEY_FIELD, pem).find(({ label }) =>
    label.endsWith('PRIVATE KEY'),
  );
  if (block === undefined) throw refuseField(PRIVATE_KEY_FIELD, 'There is no private key in it.');
  return encodePem(block.label, block.der);
}

/** DER does not say what it is: the fields that it begins with do. */
function wrapDer(der: Uint8Array): string {
  try {
    const [first, second] = readChildren(readOnly(der, TAG.sequence).content);
    if (first?.tag === TAG.sequence && second?.tag === TAG.octetString) {
      return encodePem('ENCRYPTED PRIVATE KEY', der);
    }
    if (first?.tag === TAG.integer) {
      if (second?.tag === TAG.sequence) return encodePem('PRIVATE KEY', der);
      if (second?.tag === TAG.integer) return encodePem('RSA PRIVATE KEY', der);
      if (second?.tag === TAG.octetString) return encodePem('EC PRIVATE KEY', der);
    }
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  throw refuseField(PRIVATE_KEY_FIELD, 'It is neither PEM nor the DER of PKCS#8, PKCS#1 or SEC1.');
}
