/** By default V8 makes the young generation of a small heap so small that it collects all the time. */
const YOUNG_MEGABYTES = 8;

/**
 * Limits the JavaScript heap of every isolate of the servers that `start` starts; buffers are extra.
 * An isolate that needs more ends its server. Without a limit V8 collects so late that a server's
 * growth does not show what the Worker needs.
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
