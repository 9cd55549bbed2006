import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readCpuUs, readEndedChildrenCpuUs } from './process-figures.ts';

const SCRIPT = join(import.meta.dirname, 'replay.lua');

export interface LoadOrder {
  readonly url: string;
  /** Of 127.0.0.1, as in `url`. */
  readonly port: number;
  /** File of the requests (write-requests.ts). */
  readonly requests: string;
  readonly connections: number;
  readonly seconds: number;
}

/** What a run saw. */
export interface Load {
  /** Answers with a status of 2xx or 3xx. */
  readonly answers: number;
  /** Other answers, and connections that broke. */
  readonly failures: number;
  /** Up to one more per connection than the answers: wrk ends without waiting for the last ones. */
  readonly sent: number;
  /** Answers in a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the processes of the server. */
  readonly serverCpuUs: number;
  /** CPU time of the load generator, relative to one core. Near 1 it is the bottleneck. */
  readonly clientShare: number;
}

interface Printed {
  readonly answers: number;
  readonly sent: number;
  readonly durationUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly refused: number;
  readonly broken: number;
}

/**
 * Sends load with one thread of wrk.
 * @param pids the processes of the server
 * @throws Error if the server answers nothing
 */
export async function runWrk(order: LoadOrder, pids: readonly number[]): Promise<Load> {
  const { connections, seconds, url, requests } = order;
  const args = [
    ...['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s'],
    ...['-s', SCRIPT, url, '--', requests],
  ];
  const serverBeforeUs = readCpuUs(pids);
  const wrkBeforeUs = readEndedChildrenCpuUs();
  const output = await run('wrk', args);
  const serverCpuUs = readCpuUs(pids) - serverBeforeUs;
  const wrkCpuUs = readEndedChildrenCpuUs() - wrkBeforeUs;
  const printed: Printed = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  const { sent, durationUs, refused, broken } = printed;
  const answers = printed.answers - refused;
  if (answers <= 0) throw new Error(`${url}: ${refused} answers are refusals; ${broken} errors`);
  return {
    answers,
    failures: refused + broken,
    sent,
    rate: answers / (durationUs / 1e6),
    p50Ms: printed.p50Us / 1000,
    p99Ms: printed.p99Us / 1000,
    serverCpuUs,
    clientShare: wrkCpuUs / durationUs,
  };
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ended with ${code}`));
    });
  });
}
