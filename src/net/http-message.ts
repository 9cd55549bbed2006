import { concatBytes, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import type { ByteSource } from './byte-source.ts';
import { NetworkError } from './network-error.ts';

/** HTTP/1.1 (RFC 9112), as far as a client needs it that sends one GET on each connection. */

export interface HttpMessage {
  readonly status: number;
  /** The field Location, or null. */
  readonly location: string | null;
  readonly body: Uint8Array;
}

const USER_AGENT = 'Signet-ACME-Validation';

/** @param url its path and query are sent */
export function encodeHttpRequest(url: URL): Uint8Array {
  return encodeUtf8(
    [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      `User-Agent: ${USER_AGENT}`,
      'Accept: */*',
      'Accept-Encoding: identity',
      'Connection: close',
      '\r\n',
    ].join('\r\n'),
  );
}

/**
 * Reads the response, and interim responses before it.
 * @throws NetworkError response if it breaks RFC 9112, and what `source` throws
 */
export async function readHttpMessage(source: ByteSource): Promise<HttpMessage> {
  for (;;) {
    const status = readStatus(await source.readLine());
    const fields = await readFields(source);
    if (status >= 200) {
      const body = hasBody(status) ? await readContent(source, fields) : new Uint8Array(0);
      return { status, location: fields.get('location') ?? null, body };
    }
    // 101 would mean that the server speaks another protocol from here on.
    if (status < 100 || status === 101) throw malformed();
  }
}

function readStatus(line: Uint8Array): number {
  const match = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(decodeUtf8(line.subarray(0, 13)) ?? '');
  if (match === null) throw malformed();
  return Number(match[1]);
}

/** RFC 9110 sections 15.3.5 and 15.4.5. */
function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}

const LATIN1 = new TextDecoder('latin1');

async function readFields(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  for (let line = await source.readLine(); line.length > 0; line = await source.readLine()) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/.exec(LATIN1.decode(line));
    const [, name, value] = match ?? [];
    if (name === undefined || value === undefined) throw malformed();
    const key = name.toLowerCase();
    const text = value.trimEnd();
    // Two lengths that differ mean that two readers see two messages (RFC 9112 section 6.3).
    if (FRAMING_FIELDS.includes(key) && fields.has(key) && fields.get(key) !== text) {
      throw malformed();
    }
    if (!fields.has(key)) fields.set(key, text);
  }
  return fields;
}

const FRAMING_FIELDS = ['content-length', 'transfer-encoding'];

/** RFC 9112 section 6.3. */
async function readContent(
  source: ByteSource,
  fields: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  const coding = fields.get('transfer-encoding');
  const length = fields.get('content-length');
  if (coding !== undefined) {
    if (length !== undefined || coding.toLowerCase() !== 'chunked') throw malformed();
    return readChunks(source);
  }
  if (length === undefined) return source.readToEnd();
  if (!/^\d{1,9}$/.test(length)) throw malformed();
  return source.readExactly(Number(length));
}

/** RFC 9112 section 7.1. */
async function readChunks(source: ByteSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const match = /^([0-9A-Fa-f]{1,7})[ \t]*(?:;.*)?$/.exec(LATIN1.decode(await source.readLine()));
    if (match === null) throw malformed();
    const size = Number.parseInt(match[1] ?? '', 16);
    if (size === 0) break;
    chunks.push(await source.readExactly(size));
    if ((await source.readLine()).length > 0) throw malformed();
  }
  await readFields(source);
  return concatBytes(...chunks);
}

function malformed(): NetworkError {
  return new NetworkError('response', 'The server sent a malformed HTTP response.');
}
