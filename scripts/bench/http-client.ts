import { connect, type Socket } from 'node:net';

/** A request as the bytes that go over the wire, so that sending it again costs nothing. */
export interface RawRequest {
  readonly bytes: Uint8Array;
  /** Where eight digits stand that each sending replaces by a number of its own. */
  readonly counterAt?: number;
}

const COUNTER_DIGITS = 8;
let sent = 0;

/** What goes over the wire this time. */
function number({ bytes, counterAt }: RawRequest): Uint8Array {
  if (counterAt === undefined) return bytes;
  const copy = Buffer.from(bytes);
  copy.write(String(sent++).padStart(COUNTER_DIGITS, '0'), counterAt, 'latin1');
  return copy;
}

export interface RequestParts {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A text of the body: its last eight characters are the number that makes each request its own. */
  readonly counter?: string;
}

export function encodeRequest({
  method = 'GET',
  path,
  headers = {},
  body,
  counter,
}: RequestParts): RawRequest {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
  if (counter === undefined) return { bytes };
  const at = bytes.indexOf(counter);
  if (at < 0) throw new Error(`The request has no ${counter}`);
  return { bytes, counterAt: at + counter.length - COUNTER_DIGITS };
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const EMPTY = Buffer.alloc(0);

/**
 * One keep-alive connection that sends one request at a time and reads of the answer what it must:
 * the status, and where the answer ends. A full HTTP client costs more than the Workers measured.
 */
export class LeanConnection {
  readonly #socket: Socket;
  #received: Buffer = EMPTY;
  #settle: { resolve: (status: number) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#read(data));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection')));
  }

  static async open(port: number): Promise<LeanConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new LeanConnection(socket);
  }

  /** Resolves to the status once the whole answer is there. */
  send(request: RawRequest): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(number(request));
    });
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const bodyStart = headEnd + HEAD_END.length;
    const status = Number(head.slice(9, 12));
    const contentLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const complete =
      contentLength !== undefined
        ? this.#received.length >= bodyStart + Number(contentLength)
        : status === 304 ||
          status === 204 ||
          this.#received.subarray(bodyStart).includes(LAST_CHUNK);
    if (!complete) return;
    this.#received = EMPTY;
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve(status);
  }

  #fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = null;
  }
}
