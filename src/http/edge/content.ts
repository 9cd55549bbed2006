/** A body in memory, or in pieces that each use reads anew. */
export type Content =
  | Uint8Array
  | { readonly byteLength: number; read(): AsyncIterable<Uint8Array> };

export interface OpenedContent {
  readonly body: BodyInit;
  /**
   * Resolves when the body was read to its end, or is not read further. Until then it refers to the
   * content. Null if it is a copy.
   */
  readonly ended: Promise<void> | null;
}

/**
 * The platform would copy longer ones too, and keep the copy until V8 collects the response: with many
 * downloads at a time, these copies add up to tens of megabytes.
 */
const MAX_COPIED_BYTES = 32 * 1024;
/** Each write copies its bytes until they are read. */
const WRITTEN_BYTES = 64 * 1024;

/**
 * Opens the body of one response. If a piece cannot be read, or too few come, the response ends with an
 * error that the client sees, because its length was promised.
 */
export function openContent(content: Content): OpenedContent {
  const isWhole = content instanceof Uint8Array;
  if (isWhole && content.length <= MAX_COPIED_BYTES) return { body: content, ended: null };
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  const writing = isWhole
    ? writeWhole(content, writable)
    : createStream(content.read()).pipeTo(writable);
  // An error ends `readable` too: its reader sees it.
  return { body: readable, ended: writing.catch(() => {}) };
}

async function writeWhole(bytes: Uint8Array, writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  for (let start = 0; start < bytes.length; start += WRITTEN_BYTES) {
    await writer.write(bytes.subarray(start, start + WRITTEN_BYTES));
  }
  await writer.close();
}

function createStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    // Read nothing before it is asked for.
    { highWaterMark: 0 },
  );
}
