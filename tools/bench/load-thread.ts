import { parentPort } from 'node:worker_threads';
import { LeanConnection, type RawRequest } from './http-client.ts';

/** An order for the load thread. */
export interface LoadOrder {
  readonly port: number;
  /** One request for all sendings, or one per sending. */
  readonly request: RawRequest | readonly RawRequest[];
  readonly expectedStatus: number;
  readonly connections: number;
  readonly requests: number;
}

export type LoadResult = { readonly elapsedMs: number } | { readonly failure: string };

async function run(order: LoadOrder): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => LeanConnection.open(order.port)),
  );
  let left = order.requests;
  const startedAtMs = performance.now();
  try {
    await Promise.all(
      connections.map(async (connection) => {
        while (left > 0) {
          left--;
          const request = 'bytes' in order.request ? order.request : order.request[left];
          if (request === undefined) throw new Error('The order has too few requests');
          const status = await connection.send(request);
          if (status !== order.expectedStatus) throw new Error(`The server answered ${status}`);
        }
      }),
    );
    return { elapsedMs: performance.now() - startedAtMs };
  } finally {
    for (const connection of connections) connection.close();
  }
}

parentPort?.on('message', (order: LoadOrder) => {
  run(order).then(
    (result) => parentPort?.postMessage(result),
    (error: unknown) => parentPort?.postMessage({ failure: String(error) }),
  );
});
