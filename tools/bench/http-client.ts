import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Answer, readAnswer } from './http-answer.ts';

/** A request as the bytes to send, so that sending it again needs no encoding. */
export interface RawRequest {
  readonly bytes: Uint8Array;
  /** Position of eight digits; each sending replaces them with a new number. */
  readonly counterAt?: number;
}

const COUNTER_DIGITS = 8;
let sent = 0;

/** Returns the bytes to send next. */
function number({ bytes, counterAt }: RawRequest): Uint8Array {
  if (counterAt === undefined) return bytes;
  const copy = Buffer.from(bytes);
  copy.write(String(sent++).padStart(COUNTER_DIGITS, '0'), counterAt, 'latin1');
  return copy;
}

export interface RequestParts {
  readonly method?: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A text in the body; its last eight characters are a number that makes each request unique. */
  readonly counter?: string;
}

export function encodeRequest({
  method = 'GET',
  host = '127.0.0.1',
  path,
  headers = {},
  body,
  counter,
}: RequestParts): RawRequest {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  const bytes = body === undefined ? head : Buffer.concat([head, Buffer.from(body)]);
  if (counter === undefined) return { bytes };
  const at = bytes.indexOf(counter);
  if (at < 0) throw new Error(`The request has no ${counter}`);
  return { bytes, counterAt: at + counter.length - COUNTER_DIGITS };
}

const EMPTY = Buffer.alloc(0);

/**
 * A keep-alive connection that sends one request at a time and parses only what it needs. A full
 * HTTP client needs more CPU time than the Workers that are measured.
 */
export class LeanConnection {
  readonly #socket: Socket;
  #received: Buffer = EMPTY;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#read(data));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection')));
  }

  /** @param protocol with `https:`, the server's certificate is not verified: it is on loopback */
  static async open(port: number, protocol = 'http:'): Promise<LeanConnection> {
    const address = { port, host: '127.0.0.1' };
    const isTls = protocol === 'https:';
    const socket = isTls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
    await new Promise<void>((resolve, reject) => {
      socket.once(isTls ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    });
    return new LeanConnection(socket);
  }

  /** Resolves when the whole response has arrived; rejects if the connection ends before. */
  ask(request: RawRequest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('The connection is closed'));
        return;
      }
      this.#settle = { resolve, reject };
      this.#socket.write(number(request));
    });
  }

  /** Resolves to the status when the whole response has arrived. */
  async send(request: RawRequest): Promise<number> {
    return (await this.ask(request)).status;
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    const answer = readAnswer(this.#received);
    if (answer === null) return;
    this.#received = EMPTY;
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = null;
  }
}
