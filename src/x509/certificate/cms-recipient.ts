import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  TAG,
} from '../../asn1/der.ts';
import { concatBytes } from '../../bytes.ts';
import { CURVES, HASHES, KEY_OID, MGF1_OID } from '../keys/algorithms.ts';
import type { EcPublicKey, PublicKey, RsaPublicKey } from '../keys/public-key.ts';

/** RecipientInfo of CMS (RFC 5652 section 6.2): the content's key, encrypted for one recipient. */

const OID = {
  /** RFC 4055 section 4.1. */
  rsaesOaep: '1.2.840.113549.1.1.7',
  /** RFC 5753 section 7.1.4: ECDH with the X9.63 KDF on SHA-256. */
  dhSinglePassStdDhSha256Kdf: '1.3.132.1.11.1',
  /** RFC 3565 section 2.3.2. */
  aes256Wrap: '2.16.840.1.101.3.4.1.45',
} as const;

const NULL_DER = Uint8Array.of(TAG.null, 0);
const KEY_TRANS_VERSION_DER = Uint8Array.of(TAG.integer, 1, 2);
const KEY_AGREE_VERSION_DER = Uint8Array.of(TAG.integer, 1, 3);

/** Implicit and explicit tags, by field. */
const SUBJECT_KEY_IDENTIFIER_TAG = 0x80;
const OAEP_HASH_TAG = 0xa0;
const OAEP_MASK_TAG = 0xa1;
const KEY_AGREE_TAG = 0xa1;
const ORIGINATOR_TAG = 0xa0;
const ORIGINATOR_KEY_TAG = 0xa1;
const RECIPIENT_KEY_IDENTIFIER_TAG = 0xa0;
const SUPP_PUB_INFO_TAG = 0xa2;

const AES_256_WRAP_DER = encodeSequence(encodeObjectIdentifier(OID.aes256Wrap));
const P256_DER = encodeSequence(
  encodeObjectIdentifier(KEY_OID.ecPublicKey),
  encodeObjectIdentifier(oidOf(CURVES, ({ namedCurve }) => namedCurve === 'P-256')),
);
/** RFC 4055 section 2.1: here SHA-256 has NULL parameters. */
const SHA_256_DER = encodeSequence(
  encodeObjectIdentifier(oidOf(HASHES, ({ hash }) => hash === 'SHA-256')),
  NULL_DER,
);
const OAEP_SHA_256_DER = encodeSequence(
  encodeObjectIdentifier(OID.rsaesOaep),
  encodeSequence(
    encodeElement(OAEP_HASH_TAG, SHA_256_DER),
    encodeElement(OAEP_MASK_TAG, encodeSequence(encodeObjectIdentifier(MGF1_OID), SHA_256_DER)),
  ),
);

const KEK_BITS = 256;

/**
 * @param contentKey extractable
 * @throws TypeError for keys that are neither RSA nor P-256
 */
export function encodeRecipientInfo(
  recipient: PublicKey,
  contentKey: CryptoKey,
): Promise<Uint8Array> {
  if (recipient.kind === 'rsa' && !recipient.pssOnly) {
    return encodeKeyTransport(recipient, contentKey);
  }
  if (recipient.kind === 'ec' && recipient.namedCurve === 'P-256') {
    return encodeKeyAgreement(recipient, contentKey);
  }
  throw new TypeError('the recipient key is neither RSA nor P-256');
}

/** KeyTransRecipientInfo, RFC 5652 section 6.2.1. */
async function encodeKeyTransport(
  recipient: RsaPublicKey,
  contentKey: CryptoKey,
): Promise<Uint8Array> {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('spki', recipient.spkiDer, algorithm, false, [
    'wrapKey',
  ]);
  const encryptedKey = await crypto.subtle.wrapKey('raw', contentKey, key, algorithm);
  return encodeSequence(
    KEY_TRANS_VERSION_DER,
    encodeElement(SUBJECT_KEY_IDENTIFIER_TAG, await hashPublicKey(recipient)),
    OAEP_SHA_256_DER,
    encodeElement(TAG.octetString, new Uint8Array(encryptedKey)),
  );
}

/** KeyAgreeRecipientInfo with an ephemeral key of the originator, RFC 5753 section 3.1. */
async function encodeKeyAgreement(
  recipient: EcPublicKey,
  contentKey: CryptoKey,
): Promise<Uint8Array> {
  const { publicKey, secret } = await agreeOnSecret(recipient);
  const kek = await crypto.subtle.importKey('raw', await deriveKek(secret), 'AES-KW', false, [
    'wrapKey',
  ]);
  const encryptedKey = await crypto.subtle.wrapKey('raw', contentKey, kek, 'AES-KW');
  const originatorKey = encodeElement(ORIGINATOR_KEY_TAG, P256_DER, encodeBitString(publicKey));
  const recipientEncryptedKey = encodeSequence(
    encodeElement(
      RECIPIENT_KEY_IDENTIFIER_TAG,
      encodeElement(TAG.octetString, await hashPublicKey(recipient)),
    ),
    encodeElement(TAG.octetString, new Uint8Array(encryptedKey)),
  );
  return encodeElement(
    KEY_AGREE_TAG,
    KEY_AGREE_VERSION_DER,
    encodeElement(ORIGINATOR_TAG, originatorKey),
    encodeSequence(encodeObjectIdentifier(OID.dhSinglePassStdDhSha256Kdf), AES_256_WRAP_DER),
    encodeSequence(recipientEncryptedKey),
  );
}

/** @returns the ephemeral public point, uncompressed, and the x coordinate of the shared point */
async function agreeOnSecret(
  recipient: EcPublicKey,
): Promise<{ readonly publicKey: Uint8Array; readonly secret: Uint8Array }> {
  const algorithm = { name: 'ECDH', namedCurve: 'P-256' };
  const peer = await crypto.subtle.importKey('spki', recipient.spkiDer, algorithm, false, []);
  const pair = await crypto.subtle.generateKey(algorithm, true, ['deriveBits']);
  if (pair instanceof CryptoKey) throw new TypeError('a key where a key pair belongs');
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new TypeError('raw export is not bytes');
  // The platform's types write the standard's "public" as "$public".
  const parameters = { name: 'ECDH', public: peer, $public: peer };
  const secret = await crypto.subtle.deriveBits(parameters, pair.privateKey, 256);
  return { publicKey: new Uint8Array(raw), secret: new Uint8Array(secret) };
}

/** The X9.63 KDF (SEC 1 section 3.6.1) over ECC-CMS-SharedInfo (RFC 5753 section 7.2), in one round. */
async function deriveKek(secret: Uint8Array): Promise<Uint8Array> {
  const sharedInfo = encodeSequence(
    AES_256_WRAP_DER,
    encodeElement(SUPP_PUB_INFO_TAG, encodeElement(TAG.octetString, encodeUint32(KEK_BITS))),
  );
  const input = concatBytes(secret, encodeUint32(1), sharedInfo);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input));
}

/** RFC 5280 section 4.2.1.2, method 1: the identifier that nearly all software computes. */
async function hashPublicKey(key: PublicKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', key.subjectPublicKey));
}

function encodeUint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function oidOf<T extends { readonly oid: string }>(
  table: readonly T[],
  isWanted: (row: T) => boolean,
): string {
  const found = table.find(isWanted);
  if (found === undefined) throw new Error('an algorithm is missing from the table');
  return found.oid;
}
