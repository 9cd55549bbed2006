import { createCipheriv, randomBytes } from 'node:crypto';

/** Makes an envelope as clients of the openssl-ca dialect do: IV, then the text padded to whole blocks. */
export function sealEnvelope(
  cipherName: 'aes-256-cfb8' | 'aes-256-cfb',
  secret: string,
  text: string,
): Buffer {
  const iv = randomBytes(16);
  const cipher = createCipheriv(cipherName, secret, iv);
  const padding = 16 - (Buffer.byteLength(text) % 16);
  const plaintext = Buffer.concat([Buffer.from(text), Buffer.alloc(padding, padding)]);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final()]);
}
