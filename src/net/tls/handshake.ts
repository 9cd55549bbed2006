import { concatBytes } from '../../bytes.ts';
import { ByteSource } from '../byte-source.ts';
import { NetworkError } from '../network-error.ts';
import type { Connection } from '../open-connection.ts';
import { ALL_GROUPS, createKeyShare, FIRST_GROUPS, type KeyShare } from './key-agreement.ts';
import {
  deriveHandshakeSecrets,
  deriveTrafficKeys,
  digest,
  type HandshakeSecrets,
} from './key-schedule.ts';
import {
  encodeClientHello,
  encodeMessage,
  MESSAGE,
  parseServerHello,
  type ServerHello,
  TLS_1_2,
  TLS_1_3,
} from './messages.ts';
import { CIPHERS_1_3, type CipherSuite } from './parameters.ts';
import { encodeRecord, RECORD, RecordReader } from './records.ts';

/** What a connection may send before its certificate has been read, or its response. */
const MAX_BYTES = 256 * 1024;

export interface HandshakeMessage {
  readonly type: number;
  /** With its header, for the transcript. */
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
}

/** The state after ServerHello. */
export interface Handshake {
  readonly hello: ServerHello;
  readonly records: RecordReader;
  /** TLS 1.3 only; else null. From here on `records` decrypts. */
  readonly secrets: HandshakeSecrets | null;
  readonly suite: CipherSuite | null;
  /** All messages so far, which grow with each that readMessage returns. */
  transcript(): Uint8Array;
  /** @throws NetworkError */
  readMessage(): Promise<HandshakeMessage>;
}

export interface Offer {
  readonly serverName: string | null;
  readonly protocol: string;
  readonly versions: readonly number[];
}

/**
 * Sends a ClientHello and reads the ServerHello, with one HelloRetryRequest between them at most.
 * @throws NetworkError
 */
export async function startHandshake(connection: Connection, offer: Offer): Promise<Handshake> {
  const records = new RecordReader(new ByteSource(() => connection.read(), MAX_BYTES, 'tls'));
  const messages = new MessageReader(records);
  const random = crypto.getRandomValues(new Uint8Array(32));
  const sessionId = crypto.getRandomValues(new Uint8Array(32));
  const send = async (keyShares: readonly KeyShare[], cookie: Uint8Array | null) => {
    const groups = ALL_GROUPS;
    const hello = { ...offer, random, sessionId, groups, keyShares, cookie };
    const bytes = encodeClientHello(hello);
    await connection.write(encodeRecord(RECORD.handshake, bytes));
    return bytes;
  };

  let shares: readonly KeyShare[] = await Promise.all(FIRST_GROUPS.map(createKeyShare));
  const first = await send(shares, null);
  let { message, hello } = await readServerHello(messages, offer);
  let before = first;
  if (hello.isRetry) {
    const group = hello.keyShare?.group;
    if (group !== undefined) shares = [await createKeyShare(group)];
    // RFC 8446 section 4.4.1: a hash takes the place of the first ClientHello.
    const suite = findSuite(hello.cipher);
    const hash = encodeMessage(MESSAGE.messageHash, await digest(suite, first));
    const retry = message.bytes;
    before = concatBytes(hash, retry, await send(shares, hello.cookie));
    ({ message, hello } = await readServerHello(messages, offer));
    if (hello.isRetry) throw unexpected();
  }

  const transcript = [before, message.bytes];
  const agreed =
    hello.version === TLS_1_3 ? await agree(hello, shares, concatBytes(...transcript)) : null;
  if (agreed !== null) {
    // Nothing that came before the keys may count as encrypted.
    if (!messages.isEmpty) throw unexpected();
    records.useKeys(await deriveTrafficKeys(agreed.suite, agreed.secrets.server));
  }
  return {
    hello,
    records,
    secrets: agreed?.secrets ?? null,
    suite: agreed?.suite ?? null,
    transcript: () => concatBytes(...transcript),
    async readMessage() {
      const next = await messages.read();
      transcript.push(next.bytes);
      return next;
    },
  };
}

async function readServerHello(messages: MessageReader, { versions }: Offer) {
  const message = await messages.read();
  if (message.type !== MESSAGE.serverHello) throw unexpected();
  const hello = parseServerHello(message.body);
  if (!versions.includes(hello.version)) {
    const names = versions.map((version) => (version === TLS_1_2 ? '1.2' : '1.3')).join(' or ');
    throw new NetworkError('tls', `The server does not speak TLS ${names}.`);
  }
  return { message, hello };
}

async function agree(hello: ServerHello, shares: readonly KeyShare[], transcript: Uint8Array) {
  const suite = findSuite(hello.cipher);
  const share = shares.find(({ group }) => group === hello.keyShare?.group);
  if (share === undefined || hello.keyShare === null) throw unexpected();
  const shared = await share.agree(hello.keyShare.publicBytes);
  return { suite, secrets: await deriveHandshakeSecrets(suite, shared, transcript) };
}

function findSuite(cipher: number): CipherSuite {
  const suite = CIPHERS_1_3.get(cipher);
  if (suite === undefined) {
    throw new NetworkError('tls', 'The server chose a cipher suite that was not offered.');
  }
  return suite;
}

export function unexpected(): NetworkError {
  return new NetworkError('tls', 'The server sent an unexpected TLS message.');
}

/** Longer messages are no certificate chain. */
const MAX_MESSAGE_BYTES = 128 * 1024;

/** Puts handshake messages together: a record may hold several, and a part of one. */
class MessageReader {
  readonly #records: RecordReader;
  #buffer: Uint8Array = new Uint8Array(0);

  constructor(records: RecordReader) {
    this.#records = records;
  }

  get isEmpty(): boolean {
    return this.#buffer.length === 0;
  }

  async read(): Promise<HandshakeMessage> {
    const header = await this.#fill(4);
    const [type = 0, high = 0, middle = 0, low = 0] = header;
    const length = high * 65536 + middle * 256 + low;
    if (length > MAX_MESSAGE_BYTES) throw unexpected();
    const bytes = await this.#fill(4 + length);
    this.#buffer = this.#buffer.subarray(bytes.length);
    return { type, bytes, body: bytes.subarray(4) };
  }

  async #fill(length: number): Promise<Uint8Array> {
    if (this.#buffer.length >= length) return this.#buffer.subarray(0, length);
    const pieces: Uint8Array[] = [this.#buffer];
    for (let have = this.#buffer.length; have < length; ) {
      const record = await this.#records.read();
      if (record === null) {
        throw new NetworkError('tls', 'The server closed the connection during the TLS handshake.');
      }
      // RFC 8446 section 5.1 forbids empty ones, which could go on for ever.
      if (record.type !== RECORD.handshake || record.content.length === 0) throw unexpected();
      pieces.push(record.content);
      have += record.content.length;
    }
    this.#buffer = concatBytes(...pieces);
    return this.#buffer.subarray(0, length);
  }
}
