import { concatBytes } from '../../bytes.ts';
import type { ByteSource } from '../byte-source.ts';
import { NetworkError } from '../network-error.ts';
import { nameAlert } from './alerts.ts';
import type { TrafficKeys } from './key-schedule.ts';
import { encodeUint, encodeVector, TLS_1_2 } from './messages.ts';

/** The record layer (RFC 8446 section 5). */

export const RECORD = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** RFC 8446 section 5.2. */
const MAX_RECORD_BYTES = 2 ** 14 + 256;
const MAX_PLAINTEXT_BYTES = 2 ** 14;

/** RFC 8446 section 6. */
const WARNING = 1;
const CLOSE_NOTIFY = 0;
const UNRECOGNIZED_NAME = 112;

export interface TlsRecord {
  readonly type: number;
  readonly content: Uint8Array;
}

/** Reads records, decrypted once there are keys. */
export class RecordReader {
  readonly #source: ByteSource;
  #keys: TrafficKeys | null = null;
  #sequence = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Decrypts the records from here on. */
  useKeys(keys: TrafficKeys): void {
    this.#keys = keys;
    this.#sequence = 0;
  }

  /**
   * Returns the next record that is no change_cipher_spec, or null if the server closes the
   * connection by an alert.
   * @throws NetworkError tls, also for an alert that reports an error
   */
  async read(): Promise<TlsRecord | null> {
    for (;;) {
      const record = await this.#readOne();
      if (record.type === RECORD.alert) {
        const [level, code] = record.content;
        if (code === undefined) throw malformed();
        if (code === CLOSE_NOTIFY) return null;
        // A server of TLS 1.2 may say so and go on (RFC 6066 section 3).
        if (level === WARNING && code === UNRECOGNIZED_NAME) continue;
        throw new NetworkError('tls', `The server sent the TLS alert ${nameAlert(code)}.`);
      }
      // TLS 1.3 sends it for the sake of old middleboxes (RFC 8446 appendix D.4).
      if (record.type !== RECORD.changeCipherSpec) return record;
    }
  }

  async #readOne(): Promise<TlsRecord> {
    const header = await this.#source.readExactly(5);
    const [type = 0, major, , high = 0, low = 0] = header;
    const length = high * 256 + low;
    if (major !== 3 || type < RECORD.changeCipherSpec || type > RECORD.applicationData) {
      throw new NetworkError('tls', 'The server does not speak TLS.');
    }
    if (length > MAX_RECORD_BYTES) throw malformed();
    const content = await this.#source.readExactly(length);
    const isEncrypted = this.#keys !== null && type === RECORD.applicationData;
    return isEncrypted ? this.#decrypt(header, content) : { type, content };
  }

  async #decrypt(header: Uint8Array, content: Uint8Array): Promise<TlsRecord> {
    const { key, iv } = this.#keys ?? throwMalformed();
    const algorithm = { name: 'AES-GCM', iv: maskIv(iv, this.#sequence++), additionalData: header };
    let plain: Uint8Array;
    try {
      plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, content));
    } catch (cause) {
      throw new NetworkError('tls', 'The server sent a TLS record that does not decrypt.', {
        cause,
      });
    }
    // TLSInnerPlaintext: the content, its type, and zeros.
    const end = plain.findLastIndex((byte) => byte !== 0);
    const type = plain[end];
    if (type === undefined) throw malformed();
    return { type, content: plain.subarray(0, end) };
  }
}

/** Writes one record without encryption. */
export function encodeRecord(type: number, content: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(type), encodeUint(TLS_1_2, 2), encodeVector(2, content));
}

/** Returns a function that encrypts records of at most 2^14 bytes, in their order. */
export function createRecordEncrypter({ key, iv }: TrafficKeys) {
  let sequence = 0;
  return async (type: number, content: Uint8Array): Promise<Uint8Array> => {
    if (content.length > MAX_PLAINTEXT_BYTES) throw new RangeError('the record is too long');
    const inner = concatBytes(content, Uint8Array.of(type));
    const additionalData = concatBytes(
      Uint8Array.of(RECORD.applicationData),
      encodeUint(TLS_1_2, 2),
      encodeUint(inner.length + 16, 2),
    );
    const algorithm = { name: 'AES-GCM', iv: maskIv(iv, sequence++), additionalData };
    const sealed = await crypto.subtle.encrypt(algorithm, key, inner);
    return concatBytes(additionalData, new Uint8Array(sealed));
  };
}

/** RFC 8446 section 5.3. */
function maskIv(iv: Uint8Array, sequence: number): Uint8Array {
  const masked = iv.slice();
  encodeUint(sequence, 4).forEach((byte, index) => {
    masked[8 + index] = (masked[8 + index] ?? 0) ^ byte;
  });
  return masked;
}

function malformed(): NetworkError {
  return new NetworkError('tls', 'The server sent a malformed TLS record.');
}

function throwMalformed(): never {
  throw malformed();
}
