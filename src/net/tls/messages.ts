import { concatBytes, decodeUtf8, encodeUtf8 } from '../../bytes.ts';
import { ByteCursor } from '../byte-cursor.ts';
import { CIPHERS_1_2, CIPHERS_1_3, SIGNATURE_SCHEMES } from './parameters.ts';

/** Handshake messages of TLS 1.2 (RFC 5246 section 7.4) and 1.3 (RFC 8446 section 4). */

export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  encryptedExtensions: 8,
  certificate: 11,
  certificateRequest: 13,
  finished: 20,
  messageHash: 254,
} as const;

export const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;

const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  cookie: 44,
  keyShare: 51,
} as const;

export interface KeyShareEntry {
  readonly group: number;
  readonly publicBytes: Uint8Array;
}

export interface ClientHello {
  /** 32 bytes each. */
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly versions: readonly number[];
  /** The name for server_name; null leaves the extension out. */
  readonly serverName: string | null;
  /** The one ALPN protocol. */
  readonly protocol: string;
  readonly groups: readonly number[];
  readonly keyShares: readonly KeyShareEntry[];
  /** The cookie of a HelloRetryRequest, or null. */
  readonly cookie: Uint8Array | null;
}

export function encodeUint(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (value >>> (8 * (length - 1 - index))) & 0xff);
}

/** Writes a vector: its length in `lengthBytes` bytes, then its content. */
export function encodeVector(lengthBytes: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(encodeUint(content.length, lengthBytes), content);
}

export function encodeMessage(type: number, ...body: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(type), encodeVector(3, ...body));
}

function encodeUint16s(values: readonly number[]): Uint8Array {
  return concatBytes(...values.map((value) => encodeUint(value, 2)));
}

function encodeExtension(type: number, ...data: readonly Uint8Array[]): Uint8Array {
  return concatBytes(encodeUint(type, 2), encodeVector(2, ...data));
}

export function encodeClientHello(hello: ClientHello): Uint8Array {
  const { serverName, versions, cookie } = hello;
  const ciphers = [
    ...(versions.includes(TLS_1_3) ? CIPHERS_1_3.keys() : []),
    ...(versions.includes(TLS_1_2) ? CIPHERS_1_2 : []),
  ];
  const shares = hello.keyShares.map(({ group, publicBytes }) =>
    concatBytes(encodeUint(group, 2), encodeVector(2, publicBytes)),
  );
  const extensions = [
    ...(serverName === null ? [] : [encodeServerName(serverName)]),
    encodeExtension(EXTENSION.supportedGroups, encodeVector(2, encodeUint16s(hello.groups))),
    // Only the uncompressed form.
    encodeExtension(EXTENSION.ecPointFormats, Uint8Array.of(1, 0)),
    encodeExtension(
      EXTENSION.signatureAlgorithms,
      encodeVector(2, encodeUint16s(SIGNATURE_SCHEMES)),
    ),
    encodeExtension(EXTENSION.alpn, encodeVector(2, encodeVector(1, encodeUtf8(hello.protocol)))),
    encodeExtension(EXTENSION.supportedVersions, encodeVector(1, encodeUint16s(versions))),
    ...(cookie === null ? [] : [encodeExtension(EXTENSION.cookie, encodeVector(2, cookie))]),
    encodeExtension(EXTENSION.keyShare, encodeVector(2, ...shares)),
  ];
  return encodeMessage(
    MESSAGE.clientHello,
    encodeUint(TLS_1_2, 2),
    hello.random,
    encodeVector(1, hello.sessionId),
    encodeVector(2, encodeUint16s(ciphers)),
    // Only the compression method "null".
    Uint8Array.of(1, 0),
    encodeVector(2, ...extensions),
  );
}

/** RFC 6066 section 3. */
function encodeServerName(name: string): Uint8Array {
  const entry = concatBytes(Uint8Array.of(0), encodeVector(2, encodeUtf8(name)));
  return encodeExtension(EXTENSION.serverName, encodeVector(2, entry));
}

export interface ServerHello {
  readonly version: number;
  readonly cipher: number;
  /** Whether it asks for another ClientHello (RFC 8446 section 4.1.4). */
  readonly isRetry: boolean;
  /** The group of the key share; `publicBytes` is empty in a HelloRetryRequest. */
  readonly keyShare: KeyShareEntry | null;
  readonly cookie: Uint8Array | null;
  /** The ALPN protocol that TLS 1.2 names here; null if the server chose none. */
  readonly protocol: string | null;
}

/** The random that makes a ServerHello a HelloRetryRequest (RFC 8446 section 4.1.3). */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

const MALFORMED = 'The server sent a malformed TLS message.';

/** @param body of a ServerHello or HelloRetryRequest. @throws NetworkError tls */
export function parseServerHello(body: Uint8Array): ServerHello {
  const cursor = new ByteCursor(body, 'tls', MALFORMED);
  const legacyVersion = cursor.takeUint(2);
  const isRetry = cursor.take(32).toHex() === RETRY_RANDOM;
  cursor.takeVector(1);
  const cipher = cursor.takeUint(2);
  cursor.take(1);
  const extensions = readExtensions(cursor);
  const versions = extensions.get(EXTENSION.supportedVersions);
  const cookie = extensions.get(EXTENSION.cookie);
  return {
    version: versions === undefined ? legacyVersion : enter(versions).takeUint(2),
    cipher,
    isRetry,
    keyShare: readKeyShare(extensions.get(EXTENSION.keyShare), isRetry),
    cookie: cookie === undefined ? null : enter(cookie).takeVector(2),
    protocol: readProtocol(extensions.get(EXTENSION.alpn)),
  };
}

function readKeyShare(extension: Uint8Array | undefined, isRetry: boolean): KeyShareEntry | null {
  if (extension === undefined) return null;
  const cursor = enter(extension);
  const group = cursor.takeUint(2);
  return { group, publicBytes: isRetry ? new Uint8Array(0) : cursor.takeVector(2) };
}

/** @param body of EncryptedExtensions. @returns the ALPN protocol, or null. @throws NetworkError tls */
export function parseEncryptedExtensions(body: Uint8Array): string | null {
  const extensions = readExtensions(enter(body));
  return readProtocol(extensions.get(EXTENSION.alpn));
}

/** RFC 7301 section 3.1: a server names exactly one protocol. */
function readProtocol(extension: Uint8Array | undefined): string | null {
  if (extension === undefined) return null;
  const list = enter(extension).enterVector(2);
  const protocol = decodeUtf8(list.takeVector(1));
  if (!list.isAtEnd) throw list.refuse();
  return protocol;
}

/** Returns the first certificate. @param body of Certificate. @throws NetworkError tls */
export function parseCertificateMessage(body: Uint8Array, version: number): Uint8Array {
  const cursor = enter(body);
  // The certificate_request_context, which a server leaves empty.
  if (version === TLS_1_3) cursor.takeVector(1);
  const list = cursor.enterVector(3);
  if (list.isAtEnd) throw list.refuse();
  return list.takeVector(3);
}

/** Returns the certificate_request_context. @param body of CertificateRequest. @throws NetworkError tls */
export function parseCertificateRequest(body: Uint8Array): Uint8Array {
  return enter(body).takeVector(1);
}

function readExtensions(cursor: ByteCursor): ReadonlyMap<number, Uint8Array> {
  const extensions = new Map<number, Uint8Array>();
  // A ServerHello of TLS 1.2 may end before its extensions.
  if (cursor.isAtEnd) return extensions;
  const list = cursor.enterVector(2);
  while (!list.isAtEnd) {
    const type = list.takeUint(2);
    if (extensions.has(type)) throw list.refuse();
    extensions.set(type, list.takeVector(2));
  }
  return extensions;
}

function enter(bytes: Uint8Array): ByteCursor {
  return new ByteCursor(bytes, 'tls', MALFORMED);
}
