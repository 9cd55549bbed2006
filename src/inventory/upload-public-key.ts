import { encodePem } from '../asn1/pem.ts';
import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { encodeEnvelopedData } from '../x509/certificate/cms.ts';
import { type PublicKey, parsePublicKey } from '../x509/keys/public-key.ts';
import { type Field, readField, readPemBlocks, refuseField } from './field-text.ts';

const UPLOAD_PUBLIC_KEY_FIELD: Field = {
  code: 'invalid-parameter',
  field: 'uploadPublicKey',
  label: "'uploadPublicKey'",
  maxCharacters: 8 * 1024,
};

/**
 * Reads the public key that a user's private keys are encrypted for: RSA with at least 2048 bits, or
 * P-256.
 * @param text PEM "PUBLIC KEY", base64 of that, or base64 of SubjectPublicKeyInfo
 * @throws SignetError invalid-parameter
 */
export function readUploadPublicKey(text: string): PublicKey {
  const content = readField(UPLOAD_PUBLIC_KEY_FIELD, text);
  const der = content.form === 'der' ? content.der : readPublicKeyBlock(content.text);
  let key: PublicKey;
  try {
    key = parsePublicKey(der);
    checkPublicKey(key);
  } catch (error) {
    if (error instanceof SignetError) throw refuseField(UPLOAD_PUBLIC_KEY_FIELD, error.message);
    throw error;
  }
  const canReceive =
    (key.kind === 'rsa' && !key.pssOnly) || (key.kind === 'ec' && key.namedCurve === 'P-256');
  if (canReceive) return key;
  throw refuseField(UPLOAD_PUBLIC_KEY_FIELD, 'Use an RSA key of at least 2048 bits, or P-256.');
}

function readPublicKeyBlock(pem: string): Uint8Array {
  const [block, ...others] = readPemBlocks(UPLOAD_PUBLIC_KEY_FIELD, pem);
  if (block?.label === 'PUBLIC KEY' && others.length === 0) return block.der;
  throw refuseField(UPLOAD_PUBLIC_KEY_FIELD, 'It must be one "PUBLIC KEY" in PEM.');
}

/** Encrypts a private key for `recipient`. Returns a PEM "CMS". */
export async function encryptPrivateKey(
  recipient: PublicKey,
  privateKeyPem: string,
): Promise<string> {
  return encodePem('CMS', await encodeEnvelopedData(recipient, encodeUtf8(privateKeyPem)));
}
