import { ByteSource } from './byte-source.ts';
import type { NetworkErrorCode } from './network-error.ts';
import { untilAborted } from './time-limit.ts';

/**
 * Reads the body of a response of the platform's fetch.
 * @throws NetworkError if it is longer than `limit`, and the platform's error if it breaks off
 */
export async function readBody(
  response: Response,
  limit: number,
  code: NetworkErrorCode,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  const read = async () => {
    const { value, done } = await untilAborted(reader.read(), signal);
    return done ? null : value;
  };
  try {
    return await new ByteSource(read, limit, code).readToEnd();
  } finally {
    reader.cancel().catch(() => {});
  }
}
