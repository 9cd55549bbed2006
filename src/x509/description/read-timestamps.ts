import { type DerElement, DerError } from '../../asn1/der.ts';
import type { TimestampDescription } from './description.ts';

/** RFC 5246 section 7.4.1.4.1, the numbers that RFC 6962 section 2.1.4 allows. */
const HASHES: Readonly<Record<number, string>> = { 4: 'SHA-256' };
const SIGNATURES: Readonly<Record<number, string>> = { 1: 'RSA', 3: 'ECDSA' };

const LOG_ID_BYTES = 32;

/**
 * Reads a SignedCertificateTimestampList (RFC 6962 section 3.3), which is an OCTET STRING of TLS
 * structures.
 * @throws DerError
 */
export function readTimestamps({ content }: DerElement): TimestampDescription[] {
  const list = new Reader(content);
  const items = new Reader(list.readVector());
  list.end();
  const timestamps: TimestampDescription[] = [];
  while (items.hasMore) timestamps.push(readTimestamp(items.readVector()));
  return timestamps;
}

function readTimestamp(bytes: Uint8Array): TimestampDescription {
  const reader = new Reader(bytes);
  const version = reader.readNumber(1) + 1;
  const logId = reader.read(LOG_ID_BYTES).toHex();
  const timestamp = formatMs(reader.readNumber(8));
  reader.readVector();
  const hash = reader.readNumber(1);
  const algorithm = reader.readNumber(1);
  const signature = reader.readVector().toHex();
  reader.end();
  const signatureAlgorithm = `${SIGNATURES[algorithm] ?? algorithm} with ${HASHES[hash] ?? hash}`;
  return { version, logId, timestamp, signatureAlgorithm, signature };
}

/** The end of the year 9999. */
const MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function formatMs(ms: number): string {
  if (ms > MAX_MS) throw new DerError('a timestamp is too late');
  return new Date(ms).toISOString();
}

/** Reads TLS structures (RFC 8446 section 3). */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  read(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError('a timestamp is truncated');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  readNumber(length: number): number {
    return this.read(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** Bytes after their length in 2 bytes. */
  readVector(): Uint8Array {
    return this.read(this.readNumber(2));
  }

  end(): void {
    if (this.hasMore) throw new DerError('bytes after a timestamp');
  }
}
