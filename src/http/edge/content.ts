/** A body in memory, or in pieces that each use reads anew. */
export type Content =
  | Uint8Array
  | { readonly byteLength: number; read(): AsyncIterable<Uint8Array> };

/**
 * Opens the body of one response. If a piece cannot be read, or too few come, the response ends with an
 * error that the client sees, because its length was promised.
 */
export function openContent(content: Content): BodyInit {
  if (content instanceof Uint8Array) return content;
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  // An error ends `readable` too: its reader sees it.
  createStream(content.read())
    .pipeTo(writable)
    .catch(() => {});
  return readable;
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
