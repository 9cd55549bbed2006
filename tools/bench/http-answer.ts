/** A response as it was received. */
export interface Answer {
  readonly status: number;
  /** Status line and header fields. */
  readonly head: string;
  /** The body without chunk framing. */
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const EMPTY = Buffer.alloc(0);

/** Returns the response at the start of `received` (RFC 9112 section 6.3, not for HEAD); null if incomplete. */
export function readAnswer(received: Buffer): Answer | null {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = received.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  if (status === 304 || status === 204) return { status, head, body: EMPTY };
  const bodyStart = headEnd + HEAD_END.length;
  const contentLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const body =
    contentLength === undefined
      ? joinChunks(received, bodyStart)
      : cutBody(received, bodyStart, Number(contentLength));
  return body === null ? null : { status, head, body };
}

function cutBody(received: Buffer, start: number, length: number): Buffer | null {
  return received.length < start + length ? null : received.subarray(start, start + length);
}

/** Decodes the chunked coding (RFC 9112 section 7.1) without trailers. */
function joinChunks(received: Buffer, start: number): Buffer | null {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = received.indexOf(LINE_END, at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    const chunkStart = lineEnd + LINE_END.length;
    at = chunkStart + size + LINE_END.length;
    if (!(at <= received.length)) return null;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(received.subarray(chunkStart, chunkStart + size));
  }
}
