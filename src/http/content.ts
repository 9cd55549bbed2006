/** A body: in memory, or in pieces that are read anew for each use. */
export type Content =
  | Uint8Array
  | { readonly byteLength: number; read(): AsyncIterable<Uint8Array> };

/**
 * The body of one response. Where a piece cannot be read, or too few came, the response ends with an
 * error that the client sees: its length was promised.
 */
export function openContent(content: Content): BodyInit {
  if (content instanceof Uint8Array) return content;
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  // What goes wrong on the way ends `readable` too, which is where it matters.
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
    // Nothing is read before somebody asks for it.
    { highWaterMark: 0 },
  );
}
