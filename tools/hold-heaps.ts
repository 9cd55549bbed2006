/** Left to itself, V8 makes this part tiny in a small heap, and collects most of the time. */
const YOUNG_MEGABYTES = 8;

/**
 * Holds the JavaScript heap of every isolate of the servers that `start` starts; one that needs more
 * ends its server. Buffers come on top. Without a limit V8 collects so late that the growth of a
 * server says nothing about what the Worker needs.
 */
export async function holdHeaps<T>(megabytes: number, start: () => Promise<T>): Promise<T> {
  process.env.MINIFLARE_WORKERD_V8_FLAGS = [
    `--max-heap-size=${megabytes}`,
    `--min-semi-space-size=${YOUNG_MEGABYTES}`,
    `--max-semi-space-size=${YOUNG_MEGABYTES}`,
  ].join(' ');
  try {
    return await start();
  } finally {
    delete process.env.MINIFLARE_WORKERD_V8_FLAGS;
  }
}
