import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RawRequest } from './http-client.ts';
import type { LoadOrder, LoadResult } from './load-thread.ts';
import { median } from './statistics.ts';

/** One side of a comparison. */
export interface Target {
  readonly port: number;
  /** One request for all sendings, or one per sending. */
  readonly request: RawRequest | readonly RawRequest[];
  readonly expectedStatus: number;
}

export interface ComparisonOptions {
  readonly connections: number;
  /** Requests to each side before its first round: V8 compiles hot code after thousands of calls. */
  readonly warmUpRequests: number;
  readonly requestsPerRound: number;
  readonly rounds: number;
  /** Removes what a round has created. */
  readonly afterRound?: () => Promise<void>;
}

export interface Comparison {
  /** Medians in requests per second. */
  readonly subjectRate: number;
  readonly baselineRate: number;
  readonly ratio: number;
}

export interface LoadGenerator {
  /** Requests per second of one round. */
  measureRate(target: Target, connections: number, requests: number): Promise<number>;
  /** Subject and baseline take turns, so that a busy machine slows both. */
  compare(subject: Target, baseline: Target, options: ComparisonOptions): Promise<Comparison>;
  stop(): Promise<void>;
}

/** Sends from another thread, because Miniflare reads the Workers' log lines in this one. */
export function startLoadGenerator(): LoadGenerator {
  const thread = new Worker(join(import.meta.dirname, 'load-thread.ts'));
  const warm = new WeakSet<Target>();

  async function measureRate(target: Target, connections: number, requests: number) {
    const order: LoadOrder = { ...target, connections, requests };
    const answered = once(thread, 'message');
    thread.postMessage(order);
    const [result]: LoadResult[] = await answered;
    if (result === undefined) throw new Error('The load thread gave no result');
    if ('failure' in result) throw new Error(result.failure);
    return requests / (result.elapsedMs / 1000);
  }

  return {
    measureRate,
    async compare(
      subject,
      baseline,
      { connections, warmUpRequests, requestsPerRound, rounds, afterRound },
    ) {
      const subjectRates: number[] = [];
      const baselineRates: number[] = [];
      for (const target of [subject, baseline].filter((each) => !warm.has(each))) {
        await measureRate(target, connections, warmUpRequests);
        warm.add(target);
      }
      await afterRound?.();
      for (let round = 0; round < rounds; round++) {
        subjectRates.push(await measureRate(subject, connections, requestsPerRound));
        baselineRates.push(await measureRate(baseline, connections, requestsPerRound));
        await afterRound?.();
      }
      const subjectRate = median(subjectRates);
      const baselineRate = median(baselineRates);
      return { subjectRate, baselineRate, ratio: subjectRate / baselineRate };
    },
    async stop() {
      await thread.terminate();
    },
  };
}
