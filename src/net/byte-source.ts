import { NetworkError, type NetworkErrorCode } from './network-error.ts';

/** Reads what another host sends, up to a limit. */
export class ByteSource {
  readonly #read: () => Promise<Uint8Array | null>;
  readonly #limit: number;
  readonly #code: NetworkErrorCode;
  #space = new Uint8Array(1024);
  /** What was received and not taken yet, a view of #space. */
  #buffer = this.#space.subarray(0, 0);
  #received = 0;
  #ended = false;

  /**
   * @param read returns the next bytes, or null at the end
   * @param limit in bytes, for everything that is read
   * @param code of the errors for too many and for missing bytes
   */
  constructor(read: () => Promise<Uint8Array | null>, limit: number, code: NetworkErrorCode) {
    this.#read = read;
    this.#limit = limit;
    this.#code = code;
  }

  async readExactly(length: number): Promise<Uint8Array> {
    while (this.#buffer.length < length) {
      if (!(await this.#fill())) throw this.#endedEarly();
    }
    return this.#take(length);
  }

  /** Reads up to a line feed and returns the line without it and without a carriage return before. */
  async readLine(): Promise<Uint8Array> {
    let searched = 0;
    for (;;) {
      const end = this.#buffer.indexOf(LINE_FEED, searched);
      if (end >= 0) {
        const line = this.#take(end + 1).subarray(0, end);
        return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
      }
      searched = this.#buffer.length;
      if (!(await this.#fill())) throw this.#endedEarly();
    }
  }

  async readToEnd(): Promise<Uint8Array> {
    while (await this.#fill());
    return this.#take(this.#buffer.length);
  }

  /** Adds the next bytes to the buffer. Returns false at the end. */
  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    const bytes = await this.#read();
    if (bytes === null) {
      this.#ended = true;
      return false;
    }
    this.#received += bytes.length;
    if (this.#received > this.#limit) {
      throw new NetworkError(
        this.#code,
        `The server sent more than ${Math.floor(this.#limit / 1024)} KiB.`,
      );
    }
    this.#append(bytes);
    return true;
  }

  /** Doubles the space when it is full, so that many short reads cost no more than a long one. */
  #append(bytes: Uint8Array): void {
    const start = this.#buffer.byteOffset;
    const end = start + this.#buffer.length + bytes.length;
    if (end > this.#space.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#space.subarray(0, end - bytes.length));
      this.#space = larger;
    }
    this.#space.set(bytes, end - bytes.length);
    this.#buffer = this.#space.subarray(start, end);
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  #endedEarly(): NetworkError {
    return new NetworkError(
      this.#code,
      'The server closed the connection before its answer ended.',
    );
  }
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
