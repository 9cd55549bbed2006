import { encodeUtf8 } from '../../bytes.ts';

/** The envelope of the openssl-ca dialect: base64( IV[16] || AES-256-CFB( plaintext ) ). */

const BLOCK_BYTES = 16;
/**
 * CFB8 costs a cipher block per byte, so only this much is opened at first. As long as all of it is
 * text, as much again follows: garbage after a seen prefix costs no more than the prefix.
 */
const PREFIX_BYTES = 64;
/** The most operations of WebCrypto at once. */
const BATCH = 1024;

/** Returns the envelope's bytes, or null if the text is not base64. */
export function decodeEnvelope(text: string): Uint8Array | null {
  // Like the original's decoder, skip what is not in the alphabet, such as line breaks.
  const base64 = text.replace(/[^A-Za-z0-9+/=]/g, '');
  if (base64 === '') return null;
  try {
    return Uint8Array.fromBase64(base64, { lastChunkHandling: 'strict' });
  } catch {
    return null;
  }
}

/** @param secret 32 ASCII characters that are the key itself: the dialect has no key derivation */
export function importEnvelopeKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encodeUtf8(secret), 'AES-CTR', false, ['encrypt']);
}

/** One reading of an envelope. Correct padding is strong evidence that it is the right one. */
export interface OpenedEnvelope {
  readonly text: string;
  readonly padded: boolean;
  /**
   * Whether the whole plaintext is one segment of 128-bit CFB. From an envelope that begins with known
   * text, such as that of a PEM block, anybody can make one with the same IV and another plaintext.
   */
  readonly isForgeable: boolean;
}

/**
 * Returns the readings of an envelope that are text: none for a wrong key or garbage. Clients use
 * 8-bit or 128-bit CFB and do not say which, so the caller takes the reading that parses. CFB8, which
 * the original's clients use, comes first.
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
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  for (let opened = 0; opened < length; ) {
    const end = Math.min(length, Math.max(PREFIX_BYTES, 2 * opened));
    await decryptRange(key, envelope, segmentBytes, plaintext, opened, end);
    // Padding is in the last block. It must not count as control characters.
    const certain = plaintext.subarray(
      opened,
      Math.min(end, Math.max(length - BLOCK_BYTES, opened)),
    );
    if (end < length && decodeText(certain, decoder) === null) return null;
    opened = end;
  }
  const unpadded = removePadding(plaintext);
  const text = decodeText(unpadded, null);
  if (text === null) return null;
  return {
    text,
    padded: unpadded.length < plaintext.length,
    isForgeable: segmentBytes === BLOCK_BYTES && length <= BLOCK_BYTES,
  };
}

/**
 * Decrypts a range by CFB (NIST SP 800-38A section 6.3). To decrypt a segment, CFB encrypts the 16
 * bytes of IV and ciphertext in front of it. All of them are known, so segments are independent.
 * WebCrypto has no CFB, but AES-CTR with those 16 bytes as its counter block does the same for a
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

/** Removes padding as in PKCS #7 (RFC 5652 section 6.3), if there is any. */
function removePadding(plaintext: Uint8Array): Uint8Array {
  const count = plaintext.at(-1) ?? 0;
  if (plaintext.length % BLOCK_BYTES !== 0 || count < 1 || count > BLOCK_BYTES) return plaintext;
  const start = plaintext.length - count;
  return plaintext.subarray(start).every((byte) => byte === count)
    ? plaintext.subarray(0, start)
    : plaintext;
}

/**
 * Returns UTF-8 text without control characters except white space, or null.
 * @param decoder of a text in pieces; null for a whole one
 */
function decodeText(bytes: Uint8Array, decoder: TextDecoder | null): string | null {
  if (bytes.some((byte) => (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d)) || byte === 0x7f)) {
    return null;
  }
  try {
    return decoder === null
      ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
      : decoder.decode(bytes, { stream: true });
  } catch {
    return null;
  }
}
