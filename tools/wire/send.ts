import { Agent, request as httpRequest } from 'node:http';

/** Bytes as they go over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query as they are sent. */
  readonly path: string;
  /** Names and values in the order in which they are sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | null;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

const TIMEOUT_MS = 60_000;
/** A server may refuse a larger body at the sight of its length, and then close the connection. */
const EAGER_BYTES = 24 * 1024;
const PAUSE_MS = 150;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends a request without following, decoding or adding anything. */
export function send(port: number, { method, path, headers, body }: WireRequest) {
  return new Promise<WireResponse>((resolve, reject) => {
    let answered = false;
    const flat = headers.flat();
    const isLarge = (body?.length ?? 0) > EAGER_BYTES;
    const where = { host: '127.0.0.1', port, method, path };
    const request = httpRequest(
      { ...where, headers: flat, agent: isLarge ? false : agent, timeout: TIMEOUT_MS },
      (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: pairUp(response.rawHeaders),
            body: new Uint8Array(Buffer.concat(chunks)),
          });
          if (isLarge) request.destroy();
        });
      },
    );
    request.once('timeout', () => request.destroy(new Error('No response in a minute.')));
    request.on('error', (error) => {
      if (!answered) reject(error);
    });
    if (!isLarge) {
      request.end(body ?? undefined);
      return;
    }
    request.flushHeaders();
    setTimeout(() => {
      if (!answered) request.end(body);
    }, PAUSE_MS);
  });
}

function pairUp(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : [],
  );
}
