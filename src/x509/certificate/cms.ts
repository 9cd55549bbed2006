import { encodeElement, encodeObjectIdentifier, encodeSequence, TAG } from '../../asn1/der.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { encodeRecipientInfo } from './cms-recipient.ts';

/** RFC 5652 sections 4 and 6.1, RFC 3565 section 4.1. */
const ID_DATA_DER = encodeObjectIdentifier('1.2.840.113549.1.7.1');
const ID_ENVELOPED_DATA_DER = encodeObjectIdentifier('1.2.840.113549.1.7.3');
const AES_256_CBC_DER = encodeObjectIdentifier('2.16.840.1.101.3.4.1.42');

/** RFC 5652 section 6.1: version 2, because no recipient has version 0. */
const VERSION_DER = Uint8Array.of(TAG.integer, 1, 2);
const CONTENT_TAG = 0xa0;
const ENCRYPTED_CONTENT_TAG = 0x80;
const BLOCK_BYTES = 16;

/**
 * Encrypts `plaintext` as a ContentInfo with EnvelopedData (RFC 5652 section 6), which only the
 * recipient's private key opens. The content is encrypted with AES-256-CBC. Its key is sent to an RSA
 * key with RSAES-OAEP and SHA-256 (RFC 4055), to a P-256 key with ephemeral ECDH (RFC 5753).
 * @param recipient RSA or P-256; it is named by its subject key identifier
 * @returns DER; its PEM label is "CMS" (RFC 7468 section 9)
 * @throws TypeError for any other kind of recipient
 */
export async function encodeEnvelopedData(
  recipient: PublicKey,
  plaintext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await generateContentKey();
  const recipientInfoDer = await encodeRecipientInfo(recipient, key);
  // WebCrypto's CBC pads as RFC 5652 section 6.3 requires.
  const iv = crypto.getRandomValues(new Uint8Array(BLOCK_BYTES));
  const encrypted = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, plaintext);
  const encryptedContentInfo = encodeSequence(
    ID_DATA_DER,
    encodeSequence(AES_256_CBC_DER, encodeElement(TAG.octetString, iv)),
    encodeElement(ENCRYPTED_CONTENT_TAG, new Uint8Array(encrypted)),
  );
  const envelopedData = encodeSequence(
    VERSION_DER,
    encodeElement(TAG.set, recipientInfoDer),
    encryptedContentInfo,
  );
  return encodeSequence(ID_ENVELOPED_DATA_DER, encodeElement(CONTENT_TAG, envelopedData));
}

/** Makes a key that is extractable, so that it can be wrapped for the recipient. */
async function generateContentKey(): Promise<CryptoKey> {
  const key = await crypto.subtle.generateKey({ name: 'AES-CBC', length: 256 }, true, ['encrypt']);
  if (!(key instanceof CryptoKey)) throw new TypeError('a key pair where a key belongs');
  return key;
}
