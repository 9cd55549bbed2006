import { NetworkError, type NetworkErrorCode } from './network-error.ts';

/** Reads big-endian fields of a message. Reading past its end throws NetworkError. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly #code: NetworkErrorCode;
  readonly #message: string;
  #offset: number;

  /** @param message of the error for bytes that cannot be read */
  constructor(bytes: Uint8Array, code: NetworkErrorCode, message: string, offset = 0) {
    this.bytes = bytes;
    this.#code = code;
    this.#message = message;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.bytes.length;
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.bytes.length) throw this.refuse();
    const taken = this.bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  /** @param length in bytes, at most 4 */
  takeUint(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Takes a vector: its length in `lengthBytes` bytes, then its content. */
  takeVector(lengthBytes: number): Uint8Array {
    return this.take(this.takeUint(lengthBytes));
  }

  /** Like takeVector, for a vector with fields in it. */
  enterVector(lengthBytes: number): ByteCursor {
    return new ByteCursor(this.takeVector(lengthBytes), this.#code, this.#message);
  }

  refuse(): NetworkError {
    return new NetworkError(this.#code, this.#message);
  }
}
