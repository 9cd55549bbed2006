import { request } from 'node:http';

export interface ControlAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ControlRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

/** Sends a request to a process over its control socket. Rejects if it does not answer in time. */
export function askProcess(
  socketPath: string,
  path: string,
  { method = 'GET', headers = {}, body = '', timeoutMs = 5000 }: ControlRequest = {},
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        socketPath,
        path,
        method,
        headers: { Host: 'localhost', 'Content-Length': Buffer.byteLength(body), ...headers },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
