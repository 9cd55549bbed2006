import { LeanConnection, type RawRequest } from '../http-client.ts';
import { readCpuUs } from './process-figures.ts';
import type { Load, LoadOrder } from './wrk.ts';

/**
 * Sends load with a new connection for each request. For a server that wrk cannot measure: wrk first
 * opens a connection that it closes at once, and openssl's responder never returns from it.
 * @param requests they are sent one after another, again and again
 */
export function sendSingly(requests: readonly RawRequest[]) {
  return async (order: LoadOrder, pids: readonly number[]): Promise<Load> => {
    const latenciesMs: number[] = [];
    let sent = 0;
    const serverBeforeUs = readCpuUs(pids);
    const ownBeforeUs = readOwnCpuUs();
    const startedAtMs = performance.now();
    const endsAtMs = startedAtMs + order.seconds * 1000;
    const client = async () => {
      while (performance.now() < endsAtMs) {
        const request = requests[sent++ % requests.length];
        if (request === undefined) throw new Error('There are no requests');
        const askedAtMs = performance.now();
        const connection = await LeanConnection.open(order.port);
        const { status } = await connection.ask(request);
        connection.close();
        if (status !== 200) throw new Error(`The server answered ${status}`);
        latenciesMs.push(performance.now() - askedAtMs);
      }
    };
    await Promise.all(Array.from({ length: order.connections }, client));
    const elapsedMs = performance.now() - startedAtMs;
    const sorted = latenciesMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
    return {
      answers: sorted.length,
      failures: 0,
      sent,
      rate: (sorted.length * 1000) / elapsedMs,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      serverCpuUs: readCpuUs(pids) - serverBeforeUs,
      clientShare: (readOwnCpuUs() - ownBeforeUs) / (elapsedMs * 1000),
    };
  };
}

function readOwnCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
