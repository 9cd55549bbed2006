/** A body in memory, or in pieces that each use reads anew. */
export type Content =
  | Uint8Array
  | { readonly byteLength: number; read(): AsyncIterable<Uint8Array> };

export interface OpenedContent {
  readonly body: BodyInit;
  /** Resolves when the body was read to its end, or not read further. */
  readonly ended: Promise<void>;
}

/**
 * Opens the body of one response. If a piece cannot be read, or too few come, the response ends with an
 * error that the client sees, because its length was promised.
 */
export function openContent(content: Content): OpenedContent {
  if (content instanceof Uint8Array) return { body: content, ended: Promise.resolve() };
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  // An error ends `readable` too: its reader sees it.
  const ended = createStream(content.read())
    .pipeTo(writable)
    .catch(() => {});
  return { body: readable, ended };
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
