import { encodeUtf8 } from '../../bytes.ts';

/** What the openssl-ca dialect hides its values in: base64( IV[16] || AES-256-CFB( plaintext ) ). */

const BLOCK_BYTES = 16;
/** CFB8 costs a cipher block for each byte: this much is opened before anything else is paid for. */
const PREFIX_BYTES = 64;
/** Bounds how many operations are under way at once. */
const BATCH = 1024;

/** The envelope's bytes, or null where the text is no base64. */
export function decodeEnvelope(text: string): Uint8Array | null {
  // The original's decoder drops what is not of the alphabet, line breaks first of all.
  const base64 = text.replace(/[^A-Za-z0-9+/=]/g, '');
  if (base64 === '') return null;
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: 'strict' });
  } catch {
    return null;
  }
}

/** @param secret 32 ASCII characters, used as they are: the dialect derives no key from them */
export function importEnvelopeKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encodeUtf8(secret), 'AES-CTR', false, ['encrypt']);
}

/** One reading of an envelope. `padded` is strong evidence that it is the right one. */
export interface OpenedEnvelope {
  readonly text: string;
  readonly padded: boolean;
}

/**
 * The readings of an envelope that are text: none for a wrong key or garbage. Clients use 8-bit or
 * 128-bit CFB and do not say which; the caller takes the reading that parses. CFB8, which the
 * original's clients use, comes first.
 */
export async function openEnvelope(
  key: CryptoKey,
  envelope: Uint8Array,
): Promise<readonly OpenedEnvelope[]> {
  const readings = await Promise.all([
    openWithSegments(key, envelope, 1),
    openWithSegments(key, envelope, BLOCK_BYTES),
  ]);
  return readings.filter((reading) => reading !== null);
}

async function openWithSegments(
  key: CryptoKey,
  envelope: Uint8Array,
  segmentBytes: number,
): Promise<OpenedEnvelope | null> {
  const length = envelope.length - BLOCK_BYTES;
  if (length <= 0) return null;
  const plaintext = new Uint8Array(length);
  const prefixBytes = Math.min(length, PREFIX_BYTES);
  await decryptRange(key, envelope, segmentBytes, plaintext, 0, prefixBytes);
  if (length > PREFIX_BYTES) {
    // Padding, if there is any, begins in the last block: it must not count as control characters.
    const certain = plaintext.subarray(0, Math.min(prefixBytes, length - BLOCK_BYTES));
    if (decodeText(certain, true) === null) return null;
    await decryptRange(key, envelope, segmentBytes, plaintext, prefixBytes, length);
  }
  const unpadded = removePadding(plaintext);
  const text = decodeText(unpadded, false);
  return text === null ? null : { text, padded: unpadded.length < plaintext.length };
}

/**
 * CFB (NIST SP 800-38A section 6.3). Decryption only ever encrypts the 16 bytes of IV and ciphertext
 * in front of a segment, and all of them are known: so the segments are independent of each other.
 * WebCrypto has no CFB; AES-CTR with those 16 bytes as its counter block does the same for a
 * segment of up to one block.
 */
async function decryptRange(
  key: CryptoKey,
  envelope: Uint8Array,
  segmentBytes: number,
  plaintext: Uint8Array,
  from: number,
  to: number,
): Promise<void> {
  for (let batchStart = from; batchStart < to; batchStart += BATCH * segmentBytes) {
    const batchEnd = Math.min(to, batchStart + BATCH * segmentBytes);
    const segments: Promise<void>[] = [];
    for (let start = batchStart; start < batchEnd; start += segmentBytes) {
      const counter = envelope.subarray(start, start + BLOCK_BYTES);
      const end = Math.min(start + segmentBytes, plaintext.length);
      const segment = envelope.subarray(start + BLOCK_BYTES, end + BLOCK_BYTES);
      segments.push(
        crypto.subtle
          .encrypt({ name: 'AES-CTR', counter, length: 128 }, key, segment)
          .then((bytes) => plaintext.set(new Uint8Array(bytes), start)),
      );
    }
    await Promise.all(segments);
  }
}

/** Padding to the block as in PKCS #7 (RFC 5652 section 6.3), taken off where it is there. */
function removePadding(plaintext: Uint8Array): Uint8Array {
  const count = plaintext.at(-1) ?? 0;
  if (plaintext.length % BLOCK_BYTES !== 0 || count < 1 || count > BLOCK_BYTES) return plaintext;
  const start = plaintext.length - count;
  return plaintext.subarray(start).every((byte) => byte === count)
    ? plaintext.subarray(0, start)
    : plaintext;
}

/** UTF-8 text without control characters but white space, or null. */
function decodeText(bytes: Uint8Array, cutOff: boolean): string | null {
  if (bytes.some((byte) => (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d)) || byte === 0x7f)) {
    return null;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes, {
      stream: cutOff,
    });
  } catch {
    return null;
  }
}
